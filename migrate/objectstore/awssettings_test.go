package objectstore

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
)

// services answer as AWS's STS, single sign-on, machines and containers do,
// each with keys whose ID says what was asked.
func services(t *testing.T) *httptest.Server {
	later := time.Now().Add(time.Hour).UTC()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f := r.PostForm
		switch {
		case strings.HasPrefix(f.Get("Action"), "AssumeRole"):
			id := strings.Join([]string{f.Get("Action"), f.Get("RoleSessionName"), f.Get("ExternalId"),
				f.Get("DurationSeconds"), f.Get("TokenCode"), f.Get("WebIdentityToken"), keyOf(r)}, "_")
			_, _ = fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
				`<AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><SessionToken>hush</SessionToken>`+
				`<Expiration>%[3]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`,
				f.Get("Action"), id, later.Format(time.RFC3339))
		case strings.HasPrefix(r.URL.Path, "/federation/"):
			id := "SSO_" + r.URL.Query().Get("account_id") + "_" + r.URL.Query().Get("role_name") + "_" +
				r.Header.Get("X-Amz-Sso_bearer_token")
			_ = json.NewEncoder(w).Encode(map[string]any{"roleCredentials": map[string]any{"accessKeyId": id,
				"secretAccessKey": "hush", "sessionToken": "hush", "expiration": later.UnixMilli()}})
		case r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
			_, _ = fmt.Fprint(w, "metadata")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			_, _ = fmt.Fprint(w, "lab")
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{"Code": "Success", "AccessKeyId": "MACHINE" +
				r.Header.Get("Authorization"), "SecretAccessKey": "hush", "Token": "hush",
				"Expiration": later.Format(time.RFC3339)})
		}
	}))
	t.Cleanup(s.Close)
	return s
}

var signedWith = regexp.MustCompile(`Credential=([^/]+)/`)

// keyOf is the ID of the key that signed a request.
func keyOf(r *http.Request) string {
	if m := signedWith.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		return m[1]
	}
	return ""
}

// sent keeps requests, and answers that there is nothing.
type sent struct {
	requests []*http.Request
	status   int
}

func (s *sent) Do(r *http.Request) (*http.Response, error) {
	s.requests = append(s.requests, r)
	return reply(r, s.status, ""), nil
}

// setting is a test of settings: the profile's lines, variables, and what
// comes of them.
type setting struct {
	// names are the settings and variables, as docs/aws-settings.md has them.
	names  string
	lines  string
	env    string
	bucket string
	// url is how the URL of a request begins, key the ID of the key that signs
	// it, agent what stands in its User-Agent; tries how often it is sent.
	url, key, agent string
	tries           int
	// warning and refused are in what is said of it.
	warning, refused string
}

const (
	usualURL   = "https://lab.s3.us-west-2.amazonaws.com/k"
	accessARN  = "arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap"
	multiARN   = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"
	assumeBase = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
)

// settingsTable has a row for each row of docs/aws-settings.md. In it, @ is
// the address of the services, and ~ a folder of the test's.
var settingsTable = []setting{
	{names: "AWS_PROFILE", env: "AWS_PROFILE=base", key: "AKIDBASE"},
	{names: "AWS_PROFILE", env: "AWS_PROFILE=gone", refused: `there is no profile "gone"`},
	{names: "AWS_DEFAULT_PROFILE", env: "AWS_PROFILE= AWS_DEFAULT_PROFILE=base", key: "AKIDBASE"},
	{names: "AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE", env: "AWS_SHARED_CREDENTIALS_FILE=~/keys", key: "AKIDFILE"},
	{names: "aws_access_key_id aws_secret_access_key aws_session_token", key: "AKIDLAB"},
	{names: "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
		env: "AWS_ACCESS_KEY_ID=AKIDENV AWS_SECRET_ACCESS_KEY=hush AWS_SESSION_TOKEN=hush", key: "AKIDENV"},
	{names: "AWS_ACCESS_KEY AWS_SECRET_KEY", env: "AWS_ACCESS_KEY=AKIDOLD AWS_SECRET_KEY=hush", key: "AKIDOLD"},
	{names: "credential_process", env: "AWS_PROFILE=printed", key: "AKIDPRINTED"},
	{names: "role_arn source_profile", env: "AWS_PROFILE=role", key: "AssumeRole_"},
	{names: "external_id role_session_name duration_seconds", env: "AWS_PROFILE=full",
		key: "AssumeRole_me_study_7200___AKIDBASE"},
	{names: "mfa_serial", env: "AWS_PROFILE=mfa", key: "AssumeRole_me__3600_123456__AKIDBASE"},
	{names: "mfa_serial duration_seconds", env: "AWS_PROFILE=quick", key: "AssumeRole_me__900_123456__AKIDBASE"},
	{names: "duration_seconds", lines: "duration_seconds = 60\n", refused: "duration_seconds = 60: want 900 to 43200"},
	{names: "credential_source", env: "AWS_PROFILE=machine AWS_CONTAINER_CREDENTIALS_FULL_URI=@/keys " +
		"AWS_CONTAINER_AUTHORIZATION_TOKEN=auth", key: "AssumeRole_me__900___MACHINEauth"},
	{names: "web_identity_token_file", env: "AWS_PROFILE=web", key: "AssumeRoleWithWebIdentity_me___"},
	{names: "AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME", env: "AWS_PROFILE=empty " +
		"AWS_WEB_IDENTITY_TOKEN_FILE=~/jwt AWS_ROLE_ARN=arn:aws:iam::123456789012:role/r AWS_ROLE_SESSION_NAME=me",
		key: "AssumeRoleWithWebIdentity_me____JWT_"},
	{names: "sso_session sso_start_url sso_region sso_account_id sso_role_name sso_registration_scopes",
		env: "AWS_PROFILE=sso HOME=~", key: "SSO_123456789012_reader_SSOTOKEN"},
	{names: "login_session AWS_LOGIN_CACHE_DIRECTORY", env: "AWS_PROFILE=login AWS_LOGIN_CACHE_DIRECTORY=~/none",
		refused: "login"},
	{names: "AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN " +
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", env: "AWS_PROFILE=empty AWS_CONTAINER_CREDENTIALS_FULL_URI=@/keys " +
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~/jwt", key: "MACHINEJWT"},
	{names: "ec2_metadata_service_endpoint", lines: "", env: "AWS_PROFILE=ec2 AWS_EC2_METADATA_DISABLED=false", key: "MACHINE"},
	{names: "AWS_EC2_METADATA_SERVICE_ENDPOINT", env: "AWS_PROFILE=empty AWS_EC2_METADATA_DISABLED=false " +
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=@", key: "MACHINE"},
	{names: "ec2_metadata_service_endpoint_mode AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
		lines: "ec2_metadata_service_endpoint_mode = IPv7\n", refused: "endpoint mode"},
	{names: "ec2_metadata_v1_disabled AWS_EC2_METADATA_V1_DISABLED AWS_EC2_METADATA_DISABLED",
		env: "AWS_PROFILE=empty AWS_EC2_METADATA_DISABLED=true", refused: "no EC2 IMDS role found"},
	{names: "metadata_service_timeout AWS_METADATA_SERVICE_TIMEOUT", lines: "metadata_service_timeout = 5\n",
		warning: "metadata_service_timeout = 5 is not followed"},
	{names: "metadata_service_num_attempts AWS_METADATA_SERVICE_NUM_ATTEMPTS", env: "AWS_METADATA_SERVICE_NUM_ATTEMPTS=4",
		warning: "AWS_METADATA_SERVICE_NUM_ATTEMPTS = 4 is not followed"},
	{names: "aws_account_id account_id_endpoint_mode AWS_ACCOUNT_ID AWS_ACCOUNT_ID_ENDPOINT_MODE",
		lines: "aws_account_id = 123456789012\naccount_id_endpoint_mode = required\n", url: usualURL},
	{names: "region", url: usualURL},
	{names: "AWS_REGION AWS_DEFAULT_REGION", env: "AWS_REGION=eu-west-1", url: "https://lab.s3.eu-west-1.amazonaws.com/k"},
	{names: "endpoint_url", lines: "endpoint_url = https://minio.example.org/s3\n", url: "https://minio.example.org/s3/lab/k"},
	{names: "AWS_ENDPOINT_URL", lines: "endpoint_url = https://minio.example.org\n",
		env: "AWS_ENDPOINT_URL=https://env.example.org", url: "https://env.example.org/lab/k"},
	{names: "services AWS_ENDPOINT_URL_STS", lines: "endpoint_url = https://other.example.org\nservices = mine\n",
		url: "https://service.example.org/lab/k"},
	{names: "AWS_ENDPOINT_URL_STS", env: "AWS_PROFILE=role AWS_ENDPOINT_URL_STS=http://sts.example.org",
		refused: "endpoint of STS, http://sts.example.org/: it is not https"},
	{names: "endpoint_url", env: "AWS_PROFILE=role AWS_ENDPOINT_URL_STS= AWS_ENDPOINT_URL=http://sts.example.org AWS_REGION=us-west-2",
		refused: "endpoint of STS, http://sts.example.org/: it is not https"},
	{names: "sso_session", env: "AWS_PROFILE=sso HOME=~ AWS_ENDPOINT_URL_SSO=http://sso.example.org",
		refused: "endpoint of SSO, http://sso.example.org/federation/credentials: it is not https"},
	{names: "login_session", env: "AWS_PROFILE=login AWS_LOGIN_CACHE_DIRECTORY=~/login AWS_ENDPOINT_URL_SIGNIN=http://signin.example.org",
		refused: "endpoint of Signin, http://signin.example.org/v1/token: it is not https"},
	{names: "AWS_ENDPOINT_URL_S3", lines: "services = mine\n", env: "AWS_ENDPOINT_URL_S3=https://env.example.org",
		url: "https://env.example.org/lab/k"},
	{names: "ignore_configured_endpoint_urls", lines: "endpoint_url = https://minio.example.org\n" +
		"ignore_configured_endpoint_urls = true\n", url: usualURL},
	{names: "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", lines: "endpoint_url = https://minio.example.org\n",
		env: "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", url: usualURL},
	{names: "use_fips_endpoint", lines: "use_fips_endpoint = true\n", url: "https://lab.s3-fips.us-west-2.amazonaws.com/k"},
	{names: "AWS_USE_FIPS_ENDPOINT", env: "AWS_USE_FIPS_ENDPOINT=true AWS_REGION=us-gov-west-1",
		url: "https://lab.s3-fips.us-gov-west-1.amazonaws.com/k"},
	{names: "use_fips_endpoint", lines: "use_fips_endpoint = true\nendpoint_url = https://minio.example.org\n",
		refused: "AWS's FIPS endpoints are wanted"},
	{names: "use_dualstack_endpoint", lines: "use_dualstack_endpoint = true\n",
		url: "https://lab.s3.dualstack.us-west-2.amazonaws.com/k"},
	{names: "AWS_USE_DUALSTACK_ENDPOINT", lines: "endpoint_url = https://minio.example.org\n",
		env: "AWS_USE_DUALSTACK_ENDPOINT=true", url: "https://minio.example.org/lab/k"},
	{names: "sts_regional_endpoints AWS_STS_REGIONAL_ENDPOINTS", lines: "sts_regional_endpoints = legacy\n",
		warning: "sts_regional_endpoints = legacy is not followed"},
	{names: "s3_us_east_1_regional_endpoint AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
		lines: "s3_us_east_1_regional_endpoint = legacy\n", warning: "is not followed: S3 is asked in the region"},
	{names: "s3_use_arn_region", bucket: accessARN, url: "https://my-ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/k"},
	{names: "AWS_S3_USE_ARN_REGION", bucket: accessARN, env: "AWS_S3_USE_ARN_REGION=false", refused: "UseArnRegion is `false`"},
	{names: "s3_disable_multiregion_access_points", bucket: multiARN,
		lines: "s3_disable_multiregion_access_points = true\n", refused: "Multi-Region Access Point ARNs are disabled"},
	{names: "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", bucket: multiARN,
		url: "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k"},
	{names: "s3_disable_express_session_auth AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", bucket: "lab--usw2-az1--x-s3",
		lines: "s3_disable_express_session_auth = true\n",
		url:   "https://lab--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/k"},
	{names: "endpoint_discovery_enabled AWS_ENABLE_ENDPOINT_DISCOVERY", lines: "endpoint_discovery_enabled = true\n", url: usualURL},
	{names: "disable_host_prefix_injection AWS_DISABLE_HOST_PREFIX_INJECTION",
		lines: "disable_host_prefix_injection = true\n", url: usualURL},
	{names: "ca_bundle AWS_CA_BUNDLE", env: "AWS_CA_BUNDLE=~/none.pem", refused: "none.pem"},
	{names: "HTTPS_PROXY HTTP_PROXY NO_PROXY", url: usualURL}, // TestTrustAndProxies
	{names: "max_attempts", lines: "max_attempts = 2\n", tries: 2},
	{names: "AWS_MAX_ATTEMPTS", env: "AWS_MAX_ATTEMPTS=3", tries: 3},
	{names: "retry_mode AWS_RETRY_MODE", lines: "retry_mode = legacy\n", refused: "legacy"},
	{names: "retry_mode", lines: "retry_mode = adaptive\n", tries: maxAttempts},
	{names: "defaults_mode AWS_DEFAULTS_MODE", lines: "defaults_mode = odd\n", refused: "odd"},
	{names: "request_checksum_calculation response_checksum_validation AWS_REQUEST_CHECKSUM_CALCULATION " +
		"AWS_RESPONSE_CHECKSUM_VALIDATION", lines: "request_checksum_calculation = when_required\n", url: usualURL},
	{names: "sigv4a_signing_region_set AWS_SIGV4A_SIGNING_REGION_SET", env: "AWS_SIGV4A_SIGNING_REGION_SET=us-west-2",
		warning: "AWS_SIGV4A_SIGNING_REGION_SET = us-west-2 is not followed"},
	{names: "disable_clock_skew_correction AWS_DISABLE_CLOCK_SKEW_CORRECTION",
		lines: "disable_clock_skew_correction = true\n", url: usualURL},
	{names: "auth_scheme_preference AWS_AUTH_SCHEME_PREFERENCE", lines: "auth_scheme_preference = sigv4\n", key: "AKIDLAB"},
	{names: "disable_request_compression request_min_compression_size_bytes AWS_DISABLE_REQUEST_COMPRESSION " +
		"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", lines: "disable_request_compression = true\n", url: usualURL},
	{names: "sdk_ua_app_id AWS_SDK_UA_APP_ID", lines: "sdk_ua_app_id = lab-study\n", agent: "app/lab-study"},
	{names: "s3.addressing_style", lines: "s3 =\n  addressing_style = path\n", url: "https://s3.us-west-2.amazonaws.com/lab/k"},
	{names: "s3.addressing_style", lines: "endpoint_url = https://minio.example.org\ns3 =\n  addressing_style = virtual\n",
		url: "https://lab.minio.example.org/k"},
	{names: "s3.use_accelerate_endpoint", lines: "s3 =\n  use_accelerate_endpoint = true\n",
		url: "https://lab.s3-accelerate.amazonaws.com/k"},
	{names: "s3.use_dualstack_endpoint", lines: "s3 =\n  use_dualstack_endpoint = true\n",
		url: "https://lab.s3.dualstack.us-west-2.amazonaws.com/k"},
	{names: "s3.payload_signing_enabled", lines: "s3 =\n  payload_signing_enabled = maybe\n", refused: "want true or false"},
	{names: "s3.signature_version", lines: "s3 =\n  signature_version = s3\n", refused: "s3v4 only"},
	{names: "s3.us_east_1_regional_endpoint", lines: "s3 =\n  us_east_1_regional_endpoint = legacy\n",
		warning: "is not followed"},
	{names: "s3.use_arn_region", bucket: accessARN, lines: "s3 =\n  use_arn_region = false\n", refused: "UseArnRegion is `false`"},
	{names: "s3.max_concurrent_requests s3.multipart_threshold s3.multipart_chunksize s3.max_bandwidth s3.max_queue_size",
		lines: "s3 =\n  max_concurrent_requests = 20\n", url: usualURL},
	{names: "AWS_EXECUTION_ENV", env: "AWS_EXECUTION_ENV=lab-machine", agent: "exec-env/lab-machine"},
	{names: "AWS_RESTRICT_FILE_PERMISSIONS", env: "AWS_RESTRICT_FILE_PERMISSIONS=user_read_write", url: usualURL},
	{names: "api_versions output parameter_validation tcp_keepalive", lines: "output = json\napi_versions =\n  s3 = 2006-03-01\n",
		url: usualURL},
}

// files are those of the AWS tools, with the profile lab as a row has it.
func (s setting) files(folder, at string) map[string]string {
	more := strings.NewReplacer("@", at, "~", folder).Replace
	return map[string]string{
		"config": more("[profile lab]\nregion = us-west-2\naws_access_key_id = AKIDLAB\naws_secret_access_key = hush\n" +
			s.lines + "[profile base]\nregion = us-west-2\naws_access_key_id = AKIDBASE\naws_secret_access_key = hush\n" +
			"[profile empty]\nregion = us-west-2\n[profile ec2]\nec2_metadata_service_endpoint = @\n" +
			"[profile printed]\ncredential_process = cat ~/printed\n[profile role]\n" + assumeBase +
			"[profile full]\nexternal_id = study\nrole_session_name = me\nduration_seconds = 7200\n" + assumeBase +
			"[profile mfa]\nmfa_serial = arn:aws:iam::123456789012:mfa/me\nrole_session_name = me\n" + assumeBase +
			"[profile quick]\nmfa_serial = arn:aws:iam::123456789012:mfa/me\nrole_session_name = me\nduration_seconds = 900\n" +
			assumeBase + "[profile machine]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = EcsContainer\n" +
			"role_session_name = me\n[profile web]\nweb_identity_token_file = ~/jwt\nrole_session_name = me\n" +
			"role_arn = arn:aws:iam::123456789012:role/r\n[profile sso]\nsso_session = org\nsso_account_id = 123456789012\n" +
			"sso_role_name = reader\n[sso-session org]\nsso_region = us-west-2\nsso_start_url = https://org.example.org\n" +
			"sso_registration_scopes = sso:account:access\n[profile login]\nlogin_session = arn:aws:sts::1:x\n" +
			"[services mine]\ns3 =\n  endpoint_url = https://service.example.org\n"),
		"keys":    "[lab]\naws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n",
		"printed": `{"Version": 1, "AccessKeyId": "AKIDPRINTED", "SecretAccessKey": "hush", "SessionToken": "hush"}`,
		"jwt":     "JWT",
		// The name is the SHA-1 of the session's.
		".aws/sso/cache/" + fmt.Sprintf("%x", sha1.Sum([]byte("org"))) + ".json": `{"accessToken": "SSOTOKEN", "expiresAt": "2099-01-01T00:00:00Z"}`,
		// The name is the SHA-256 of the session's.
		"login/" + fmt.Sprintf("%x", sha256.Sum256([]byte("arn:aws:sts::1:x"))) + ".json": expiredLogin(),
	}
}

// TestAWSSettings goes through the settings of the AWS tools, as
// docs/aws-settings.md lists them.
func TestAWSSettings(t *testing.T) {
	at := services(t).URL
	for _, tt := range settingsTable {
		t.Run(tt.names+" "+tt.lines+tt.env, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range tt.files(folder, at) {
				path := filepath.Join(folder, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			for _, variable := range os.Environ() {
				if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
					t.Setenv(name, "")
				}
			}
			for _, variable := range append(strings.Fields("AWS_PROFILE=lab AWS_CONFIG_FILE=~/config "+
				"AWS_SHARED_CREDENTIALS_FILE=~/none AWS_EC2_METADATA_DISABLED=true AWS_ENDPOINT_URL_STS=@ "+
				"AWS_ENDPOINT_URL_SSO=@"), strings.Fields(tt.env)...) {
				name, value, _ := strings.Cut(strings.NewReplacer("@", at, "~", folder).Replace(variable), "=")
				t.Setenv(name, value)
			}
			tt.check(t)
		})
	}
}

// check reaches S3 as the settings say.
func (s setting) check(t *testing.T) {
	var requests sent
	a, err := s.reach(t.Context(), &requests)
	if err != nil || s.refused != "" {
		if s.refused == "" || err == nil || !strings.Contains(err.Error(), s.refused) {
			t.Errorf("got %v, want %q", err, s.refused)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("a secret is in %v", err)
		}
		return
	}
	first := requests.requests[0]
	switch {
	case s.url != "" && !strings.HasPrefix(first.URL.String(), s.url):
		t.Errorf("asked %s, want %s", first.URL, s.url)
	case s.key != "" && !strings.HasPrefix(keyOf(first), s.key):
		t.Errorf("signed with %s, want %s", keyOf(first), s.key)
	case !strings.Contains(first.Header.Get("User-Agent"), s.agent):
		t.Errorf("the agent is %s", first.Header.Get("User-Agent"))
	case s.tries > 0 && len(requests.requests) != s.tries:
		t.Errorf("asked %d times, want %d", len(requests.requests), s.tries)
	}
	if said := strings.Join(a.Unheeded, "\n"); (said != "") != (s.warning != "") || !strings.Contains(said, s.warning) {
		t.Errorf("said %q, want %q", said, s.warning)
	}
}

// reach looks at an object with the profile's credentials and settings.
func (s setting) reach(ctx context.Context, requests *sent) (credentials.AWS, error) {
	keys, a, err := credentials.Default(ctx, "", credentials.Deps{
		MFA: func(context.Context, string) (string, error) { return "123456", nil },
	})
	if err != nil {
		return a, err
	}
	requests.status = http.StatusNotFound
	if s.tries > 0 {
		requests.status = http.StatusInternalServerError
	}
	bucket := s.bucket
	if bucket == "" {
		bucket = "lab"
	}
	o := Options{
		Credentials: keys, AWS: a, Region: a.Region, Endpoint: a.Endpoint, HTTPClient: requests,
		PathStyle: a.Endpoint != "" && s.bucket == "", MaxRetryDelay: time.Nanosecond,
	}
	if a.S3.PathStyle != nil {
		o.PathStyle = *a.S3.PathStyle
	}
	asked, err := New(o)
	if err != nil {
		return a, err
	}
	if s.bucket == accessARN {
		if region, _ := asked.Region(ctx, bucket); region != "" {
			o.Region = region
		}
	}
	store, err := New(o)
	if err == nil {
		_, err = store.Head(ctx, bucket, "k")
	}
	if errors.Is(err, transfer.ErrNotFound) || s.tries > 0 {
		err = nil
	}
	return a, err
}

var quoted = regexp.MustCompile("`([A-Za-z0-9_.]+)`")

// settingNames are the names of settings and variables in the SDK's source.
var settingNames = regexp.MustCompile(`=\s*"(AWS_[A-Z0-9_]+|[a-z0-9]+(?:_[a-z0-9]+)+)"`)

// TestSDKSettingsAreListed looks for what the SDK reads in docs, so that a newer
// SDK's settings are thought of.
func TestSDKSettingsAreListed(t *testing.T) {
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/config").Output()
	if err != nil {
		t.Skipf("the SDK's source isn't to be had: %v", err)
	}
	text, err := os.ReadFile("../../docs/aws-settings.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range []string{"env_config.go", "shared_config.go"} {
		source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range settingNames.FindAllStringSubmatch(string(source), -1) {
			found++
			if strings.HasPrefix(m[1], "when_") { // values
				continue
			}
			if !strings.Contains(string(text), "`"+m[1]+"`") {
				t.Errorf("%s: %s is not in docs/aws-settings.md", name, m[1])
			}
		}
	}
	if found < 70 {
		t.Errorf("only %d settings were found in the SDK's source", found)
	}
}

// TestAWSSettingsAreListed compares the table above with the one in docs.
func TestAWSSettingsAreListed(t *testing.T) {
	text, err := os.ReadFile("../../docs/aws-settings.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, tested []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[1]+cells[2], -1) {
			listed = append(listed, name[1])
		}
	}
	for _, s := range settingsTable {
		for _, name := range strings.Fields(s.names) {
			if !slices.Contains(tested, name) {
				tested = append(tested, name)
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(tested)
	if !slices.Equal(listed, tested) {
		for _, name := range append(listed, tested...) {
			if slices.Contains(listed, name) != slices.Contains(tested, name) {
				t.Errorf("%s: listed %t, tested %t", name, slices.Contains(listed, name), slices.Contains(tested, name))
			}
		}
	}
}

// TestTrustAndProxies reaches a server whose certificate only ca_bundle, or
// AWS_CA_BUNDLE, names, beside the system's.
func TestTrustAndProxies(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	for _, name := range []string{"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Setenv(name, "")
	}
	folder := t.TempDir()
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	config := "[profile lab]\naws_access_key_id = AKID\naws_secret_access_key = hush\nregion = us-west-2\n" +
		"endpoint_url = " + server.URL + "\n[profile trusting]\nca_bundle = " + folder + "/ca.pem\n"
	for name, text := range map[string]string{"ca.pem": string(bundle), "config": config} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(folder, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(folder, "none"))
	for name, trusted := range map[string]bool{"": false, "AWS_CA_BUNDLE": true, "trusting": true} {
		t.Run(name, func(t *testing.T) {
			var roots *x509.CertPool
			if name == "trusting" { // the command's profile, beside that of the bucket
				a, err := credentials.LoadAWS(t.Context(), name, credentials.Deps{})
				if err != nil {
					t.Fatal(err)
				}
				roots = a.Roots()
			} else if name != "" {
				t.Setenv(name, filepath.Join(folder, "ca.pem"))
			}
			keys, a, err := credentials.Default(t.Context(), "lab", credentials.Deps{Roots: roots})
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(Options{Credentials: keys, AWS: a, Endpoint: a.Endpoint, PathStyle: true, MaxRetryDelay: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = s.Head(t.Context(), "lab", "k"); errors.Is(err, transfer.ErrNotFound) != trusted {
				t.Errorf("got %v", err)
			}
			web := newHTTPClient(1, a.Roots())
			if resp, err := web.Get(server.URL); (err == nil) != trusted {
				t.Errorf("presigned: got %v", err)
			} else if err == nil {
				_ = resp.Body.Close()
			}
			if web.Transport.(*http.Transport).Proxy == nil {
				t.Error("no proxy is used")
			}
		})
	}
}
