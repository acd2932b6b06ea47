package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// maxSharedBytes bounds a shared file of the AWS tools.
const maxSharedBytes = 4 << 20

// s3Settings are those that a profile has under "s3" (AWS CLI, topic
// s3-config, read November 2026), as far as they concern more than how fast
// the AWS CLI copies.
type s3Settings struct {
	// PathStyle is addressing_style: nil is auto.
	PathStyle *bool
	// Accelerate is use_accelerate_endpoint.
	Accelerate bool
	// SignPayloads is payload_signing_enabled.
	SignPayloads bool
	// DualStack is use_dualstack_endpoint.
	DualStack bool
	// OwnRegionOnly is true where the ARN of an access point in another region
	// than the profile's is to be refused: s3_use_arn_region = false.
	OwnRegionOnly bool
}

// shared are the settings of a profile that the SDK for Go doesn't read by
// itself: by name, those below s3 as s3.NAME.
type shared struct {
	profile  string
	settings map[string]string
}

// readShared reads a profile in both of the AWS tools' files; the one with
// the credentials counts first (AWS SDKs and Tools Reference Guide, settings
// reference, precedence of settings, read November 2026). A profile that is
// named and is in neither is an error: the SDK would take other credentials
// without a word.
func readShared(named string) (shared, error) {
	s := shared{profile: profileOf(named), settings: map[string]string{}}
	found := s.profile == defaultProfile
	for _, file := range []struct {
		path   string
		prefix string
	}{{sharedConfigFile(), "profile "}, {sharedCredentialsFile(), ""}} {
		text, err := readSharedFile(file.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, err
		}
		for name, value := range profileSettings(text, s.profile, file.prefix) {
			found = true
			if name != "" {
				s.settings[name] = value
			}
		}
	}
	if !found {
		return s, fmt.Errorf("there is no profile %q in %s or %s", s.profile, sharedConfigFile(), sharedCredentialsFile())
	}
	return s, nil
}

// sharedConfigFile is where the AWS tools have their configuration.
func sharedConfigFile() string {
	if path := os.Getenv("AWS_CONFIG_FILE"); path != "" {
		return path
	}
	return config.DefaultSharedConfigFilename()
}

func sharedCredentialsFile() string {
	if path := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); path != "" {
		return path
	}
	return config.DefaultSharedCredentialsFilename()
}

// SharedConfigFile is where the AWS tools look for profiles: AWS_CONFIG_FILE,
// or config in the folder .aws of the home folder.
func SharedConfigFile() string { return sharedConfigFile() }

func readSharedFile(path string) (string, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSharedBytes+1))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	if len(text) > maxSharedBytes {
		return "", fmt.Errorf("reading %s: larger than %d bytes", path, maxSharedBytes)
	}
	return string(text), nil
}

// profileSettings are a profile's, and the empty name for the profile itself.
// The sections are named "profile NAME", but for default and in the file of
// the credentials.
func profileSettings(text, profile, prefix string) map[string]string {
	settings := map[string]string{}
	inside, above := false, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		plain := strings.TrimLeft(line, " \t")
		switch {
		case plain == "" || plain[0] == '#' || plain[0] == ';':
			continue
		case line[0] == '[':
			name, ok := sectionName(line)
			inside = ok && (name == prefix+profile || profile == defaultProfile && name == profile)
			if inside {
				settings[""] = ""
			}
			above = ""
			continue
		case !inside:
			continue
		}
		key, value, _ := strings.Cut(plain, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		for _, comment := range []string{" #", " ;", "\t#", "\t;"} {
			value, _, _ = strings.Cut(value, comment)
		}
		value = strings.TrimSpace(value)
		if plain != line { // below the one above
			if above != "" {
				settings[above+"."+key] = value
			}
			continue
		}
		above = ""
		if value == "" {
			above = key
		}
		settings[key] = value
	}
	return settings
}

// sectionName is the name of the section that a line of a shared file of the
// AWS tools begins, with one blank between its words; false for other lines.
func sectionName(line string) (string, bool) {
	if !strings.HasPrefix(line, "[") {
		return "", false
	}
	name, _, closed := strings.Cut(line[1:], "]")
	if !closed {
		return "", false
	}
	words := strings.Fields(name)
	if len(words) > 1 { // a profile's name may be quoted
		words[len(words)-1] = strings.Trim(words[len(words)-1], `"'`)
	}
	return strings.Join(words, " "), true
}

// value is a variable's, or else the profile's.
func (s shared) value(variable, setting string) string {
	if v := os.Getenv(variable); variable != "" && v != "" {
		return v
	}
	return s.settings[setting]
}

// unheeded are settings that this program doesn't follow although another
// value than the usual one means something: each with its usual value, and
// with what happens in place of it.
var unheeded = []struct{ variable, setting, usual, instead string }{
	{"AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", "regional", "STS is asked in the region"},
	{"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3_us_east_1_regional_endpoint", "regional",
		"S3 is asked in the region"},
	{"", "s3.us_east_1_regional_endpoint", "regional", "S3 is asked in the region"},
	{"AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", "", "the AWS SDK's own time limit holds"},
	{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", "",
		"the AWS SDK's own number of attempts holds"},
	{"AWS_SIGV4A_SIGNING_REGION_SET", "sigv4a_signing_region_set", "*",
		"requests to multi-region access points are signed for all regions"},
}

// How long the sessions of a role may be, in seconds (AWS SDKs and Tools
// Reference Guide, assume role credential provider, read November 2026).
const (
	minRoleSeconds = 900
	maxRoleSeconds = 43200
)

// apply puts the settings to work that the SDK doesn't know.
func (s shared) apply(a *AWS) error {
	for _, u := range unheeded {
		name := u.setting
		if u.variable != "" && os.Getenv(u.variable) != "" {
			name = u.variable
		}
		if v := s.value(u.variable, u.setting); v != "" && v != u.usual {
			a.Unheeded = append(a.Unheeded, fmt.Sprintf("%s = %s is not followed: %s", name, v, u.instead))
		}
	}
	life, said := s.settings["duration_seconds"]
	if n, err := strconv.Atoi(life); said && (err != nil || n < minRoleSeconds || n > maxRoleSeconds) {
		return fmt.Errorf("duration_seconds = %s: want %d to %d", life, minRoleSeconds, maxRoleSeconds)
	}
	a.RoleLife = said
	useARN := s.value("AWS_S3_USE_ARN_REGION", "s3_use_arn_region")
	if useARN == "" {
		useARN = s.settings["s3.use_arn_region"]
	}
	a.S3.OwnRegionOnly = strings.EqualFold(useARN, "false")
	style := s.settings["s3.addressing_style"]
	switch style {
	case "", "auto":
	case "path", "virtual":
		path := style == "path"
		a.S3.PathStyle = &path
	default:
		return fmt.Errorf("addressing_style = %s: want auto, path or virtual", style)
	}
	if v := s.settings["s3.signature_version"]; v != "" && v != "s3v4" {
		return fmt.Errorf("signature_version = %s: requests are signed with s3v4 only", v)
	}
	for name, to := range map[string]*bool{
		"s3.use_accelerate_endpoint": &a.S3.Accelerate, "s3.payload_signing_enabled": &a.S3.SignPayloads,
		"s3.use_dualstack_endpoint": &a.S3.DualStack,
	} {
		v := strings.ToLower(s.settings[name])
		if v != "" && !slices.Contains([]string{"true", "false"}, v) {
			return fmt.Errorf("%s = %s: want true or false", strings.TrimPrefix(name, "s3."), v)
		}
		*to = v == "true"
	}
	return nil
}
