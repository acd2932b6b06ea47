package bench

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// Site is the server that all programs are given, and where they may put
// what they need.
type Site struct {
	// Endpoint is a base URL.
	Endpoint                    string
	Region, AccessKeyID, Secret string
	// Folder is for configuration; Scratch for what a program must keep
	// between reading and writing. Both exist; Scratch is empty.
	Folder, Scratch string
	// Path is the PATH that programs get.
	Path string
}

// Concurrency is how many requests every program may have in flight that
// can be told so; it is what a Store of ours has by default.
const Concurrency = 32

// Baseline is the peer that all others are compared with.
const Baseline = "s5cmd"

// ErrPeer is returned for a peer that this package doesn't know.
var ErrPeer = errors.New("unknown peer")

// Peer is another program that does the same work.
type Peer struct {
	// Name is one of s5cmd, mc, rclone, aws.
	Name string
	// Program is its path.
	Program string
}

// peer makes a program's command lines.
type peer struct {
	env              func(Site) ([]string, error)
	copy, stream, ls func(s Site, from, to string) [][]string
}

var peers = map[string]peer{
	"s5cmd": {env: awsEnvironment, copy: s5cmdCopy, stream: s5cmdStream, ls: s5cmdList},
	"mc":    {env: mcEnvironment, copy: mcCopy, stream: mcStream, ls: mcList},
	"rclone": {
		env: rcloneEnvironment, copy: rcloneCopy, stream: rcloneStream, ls: rcloneList,
	},
	"aws": {env: awsEnvironment, copy: awsCopy, stream: awsStream, ls: awsList},
}

// ParsePeers reads NAME=PATH, separated by blanks, and puts the baseline
// first. It returns ErrPeer for a name it doesn't know.
func ParsePeers(text string) ([]Peer, error) {
	var list []Peer
	for _, field := range strings.Fields(text) {
		name, path, _ := strings.Cut(field, "=")
		if _, known := peers[name]; !known || path == "" {
			return nil, fmt.Errorf("peer %q: %w", field, ErrPeer)
		}
		p := Peer{name, path}
		if name == Baseline {
			list = append([]Peer{p}, list...)
		} else {
			list = append(list, p)
		}
	}
	return list, nil
}

// Copy are the processes that copy all objects of a bucket into another one
// server-side.
func (p Peer) Copy(s Site, from, to string) ([]Step, error) {
	return p.steps(s, peers[p.Name].copy(s, from, to))
}

// Stream are those that read all objects and write them to another bucket.
// s5cmd and the AWS CLI can't but through a folder.
func (p Peer) Stream(s Site, from, to string) ([]Step, error) {
	return p.steps(s, peers[p.Name].stream(s, from, to))
}

// List are those that list a bucket.
func (p Peer) List(s Site, bucket string) ([]Step, error) {
	return p.steps(s, peers[p.Name].ls(s, bucket, ""))
}

// steps adds program and environment to command lines.
func (p Peer) steps(s Site, lines [][]string) ([]Step, error) {
	env, err := peers[p.Name].env(s)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", p.Name, err)
	}
	var steps []Step
	for _, line := range lines {
		steps = append(steps, Step{Args: append([]string{p.Program}, line...), Env: env})
	}
	return steps, nil
}

// awsEnvironment is the AWS tools' own.
func awsEnvironment(s Site) ([]string, error) {
	return []string{
		"PATH=" + s.Path, "HOME=" + s.Folder,
		"AWS_ACCESS_KEY_ID=" + s.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.Secret,
		"AWS_REGION=" + s.Region, "AWS_DEFAULT_REGION=" + s.Region,
		"AWS_EC2_METADATA_DISABLED=true",
	}, nil
}

func s5cmd(s Site, args ...string) []string {
	head := []string{
		"--endpoint-url", s.Endpoint, "--numworkers", strconv.Itoa(Concurrency),
		"--log", "error",
	}
	return append(head, args...)
}

func s5cmdCopy(s Site, from, to string) [][]string {
	return [][]string{s5cmd(s, "cp", "s3://"+from+"/*", "s3://"+to+"/")}
}

func s5cmdStream(s Site, from, to string) [][]string {
	return [][]string{
		s5cmd(s, "cp", "s3://"+from+"/*", s.Scratch+"/"),
		s5cmd(s, "cp", s.Scratch+"/", "s3://"+to+"/"),
	}
}

func s5cmdList(s Site, bucket, _ string) [][]string {
	line := s5cmd(s, "ls", "s3://"+bucket+"/*")
	line[5] = "info" // the listing is what it logs
	return [][]string{line}
}

// mcEnvironment has the server under two names, since mc streams only
// between servers that it takes for different ones.
func mcEnvironment(s Site) ([]string, error) {
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, err
	}
	host := u.Scheme + "://" + s.AccessKeyID + ":" + s.Secret + "@" + u.Host
	return []string{
		"PATH=" + s.Path, "HOME=" + s.Folder, "MC_CONFIG_DIR=" + filepath.Join(s.Folder, "mc"),
		"MC_HOST_a=" + host, "MC_HOST_b=" + host,
	}, nil
}

func mcCopy(_ Site, from, to string) [][]string {
	return [][]string{{"--quiet", "cp", "--recursive", "a/" + from + "/", "a/" + to + "/"}}
}

func mcStream(_ Site, from, to string) [][]string {
	return [][]string{{"--quiet", "cp", "--recursive", "a/" + from + "/", "b/" + to + "/"}}
}

func mcList(_ Site, bucket, _ string) [][]string {
	return [][]string{{"ls", "--recursive", "a/" + bucket}}
}

// rcloneEnvironment has two remotes for the same reason as mc's.
func rcloneEnvironment(s Site) ([]string, error) {
	env, _ := awsEnvironment(s)
	env = append(env, "RCLONE_CONFIG="+filepath.Join(s.Folder, "rclone.conf"))
	for _, remote := range []string{"A", "B"} {
		head := "RCLONE_CONFIG_" + remote + "_"
		env = append(env, head+"TYPE=s3", head+"PROVIDER=Minio", head+"ENV_AUTH=true",
			head+"ENDPOINT="+s.Endpoint, head+"REGION="+s.Region)
	}
	return env, nil
}

func rclone(from, to string) [][]string {
	n := strconv.Itoa(Concurrency)
	return [][]string{{
		"copy", from, to, "--transfers", n, "--checkers", n, "--s3-no-check-bucket",
	}}
}

func rcloneCopy(_ Site, from, to string) [][]string { return rclone("a:"+from, "a:"+to) }

func rcloneStream(_ Site, from, to string) [][]string { return rclone("a:"+from, "b:"+to) }

func rcloneList(_ Site, bucket, _ string) [][]string {
	return [][]string{{"lsf", "--recursive", "--fast-list", "a:" + bucket}}
}

func awsS3(s Site, args ...string) []string {
	return append([]string{"--endpoint-url", s.Endpoint, "s3"}, args...)
}

func awsCopy(s Site, from, to string) [][]string {
	return [][]string{
		awsS3(s, "cp", "--recursive", "--only-show-errors", "s3://"+from, "s3://"+to),
	}
}

func awsStream(s Site, from, to string) [][]string {
	return [][]string{
		awsS3(s, "cp", "--recursive", "--only-show-errors", "s3://"+from, s.Scratch),
		awsS3(s, "cp", "--recursive", "--only-show-errors", s.Scratch, "s3://"+to),
	}
}

func awsList(s Site, bucket, _ string) [][]string {
	return [][]string{awsS3(s, "ls", "--recursive", "s3://"+bucket)}
}
