package gateway

import (
	"bytes"

	"github.com/gofiber/fiber/v3"
)

// quotes writes quotation marks in answers as S3 does, &quot;, and not as
// encoding/xml does, &#34;: the Synapse Python client takes the ETag of a
// copied part out of the XML by cutting exactly that off (client 4.13,
// November 2026). In XML an ampersand of the text itself is always written
// &amp;, so that nothing else is met. Objects are left alone: they are
// streamed, whatever their content type.
func quotes(ctx fiber.Ctx) error {
	err := ctx.Next()
	if err != nil {
		err = ctx.App().ErrorHandler(ctx, err)
	}
	answer := ctx.Response()
	if answer.IsBodyStream() || !bytes.HasPrefix(answer.Header.ContentType(), []byte(fiber.MIMEApplicationXML)) {
		return err
	}
	if body := answer.Body(); bytes.Contains(body, []byte("&#34;")) {
		answer.SetBody(bytes.ReplaceAll(body, []byte("&#34;"), []byte("&quot;")))
	}
	return err
}
