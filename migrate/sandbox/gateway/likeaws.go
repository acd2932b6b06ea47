package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/iamapi/policy"
	"github.com/versity/versitygw/iamapi/types"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// likeAWS answers as AWS does where the gateway by itself doesn't; the
// package comment says in what.
type likeAWS struct {
	iam     iam
	backend backend.Backend
	region  string
}

func (l likeAWS) middleware(ctx fiber.Ctx) error {
	kind := requestOf(ctx).kind()
	if kind == "list" {
		rememberEncoding(ctx)
	}
	if kind == "copy" && ctx.Get("If-None-Match") == "*" && l.exists(ctx) {
		return send(ctx, s3err.GetAPIError(s3err.ErrPreconditionFailed))
	}
	err := ctx.Next()
	status := ctx.Response().StatusCode()
	if namesRegion(ctx, status) {
		ctx.Set("X-Amz-Bucket-Region", l.region)
	}
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound && l.hides(ctx, kind):
		return send(ctx, s3err.GetAPIError(s3err.ErrAccessDenied))
	case status < http.StatusMultipleChoices && encrypted[kind]:
		ctx.Set("X-Amz-Server-Side-Encryption", "AES256")
	}
	return nil
}

// namesRegion reports whether an answer says where the bucket is: that of
// HeadBucket for a bucket that exists, refused or not.
func namesRegion(ctx fiber.Ctx, status int) bool {
	_, key := split(ctx.Path())
	return ctx.Method() == http.MethodHead && key == "" && status != http.StatusNotFound
}

// encrypted are the kinds of request whose answers name the encryption.
var encrypted = map[string]bool{
	"get": true, "head": true, "put": true, "copy": true,
	"create-upload": true, "upload-part": true, "copy-part": true, "complete-upload": true,
}

func (l likeAWS) exists(ctx fiber.Ctx) bool {
	bucket, key := split(ctx.Path())
	_, err := l.backend.HeadObject(ctx.RequestCtx(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	return err == nil
}

// hides reports whether the caller must not learn that an object is
// missing, since the bucket's listing is closed to it.
func (l likeAWS) hides(ctx fiber.Ctx, kind string) bool {
	path := ctx.Path()
	switch kind {
	case "get", "head":
	case "copy":
		path = ctx.Get("X-Amz-Copy-Source")
	default:
		return false
	}
	account, known := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	if !known || account.Role == auth.RoleAdmin {
		return false
	}
	bucket, _ := split(path)
	if _, err := l.backend.HeadBucket(ctx.RequestCtx(), &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		return false // a missing bucket is no secret
	}
	return !l.iam.mayList(account.Access, account.SessionToken, bucket)
}

// split cuts an escaped path into bucket and key.
func split(path string) (bucket, key string) {
	path = strings.TrimPrefix(path, "/")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// send answers with an S3 error, in place of what was answered before.
func send(ctx fiber.Ctx, refusal s3err.APIError) error {
	requestID, hostID := utils.EnsureRequestIDs(ctx)
	ctx.Response().ResetBody()
	ctx.Status(refusal.StatusCode())
	ctx.Response().Header.SetContentType(fiber.MIMEApplicationXML)
	if ctx.Method() == http.MethodHead {
		return nil
	}
	return ctx.Send(refusal.XMLBody(requestID, hostID))
}

// mayList reports whether a principal may list a bucket when no prefix is
// named at all, the question that S3 asks about a missing object.
func (i iam) mayList(access, token, bucket string) bool {
	p, err := i.store.Lookup(access, token)
	if err != nil {
		return false
	}
	listing := policy.RequestContext{
		Action: string(auth.ListBucketAction), Resource: auth.ResourceArnPrefix + bucket,
	}
	may := func(documents []types.PolicyEntry) bool {
		return policy.EvaluateIdentityPolicies(documents, listing) == policy.DecisionAllow
	}
	return may(entries(p.Policies...)) && (!p.Limited || may(sessionEntries(p)))
}
