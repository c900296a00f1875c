package main

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	serviceForm  = regexp.MustCompile(`(?m)^  ([a-z]+):\n((?:    .*\n|\n)+)`)
	variableForm = regexp.MustCompile(`(?m)^      (CAREFINDER_\w+): (.+)$`)
	deployForm   = regexp.MustCompile(`\bCAREFINDER_\w+`)
	defaultForm  = regexp.MustCompile(`\$\{\w+:-(.*)\}`)
)

// TestComposition holds docker-compose.yml and the Dockerfile to what the program knows: a flag that was renamed, or a
// value it does not take, would be found out by whoever starts them, at night.
func TestComposition(t *testing.T) {
	compose, docker := readFile(t, "../../docker-compose.yml"), readFile(t, "../../Dockerfile")
	services := map[string]string{}
	before, _, _ := strings.Cut(compose, "\nnetworks:")
	for _, m := range serviceForm.FindAllStringSubmatch(before, -1) {
		services[m[1]] = m[2]
	}
	for _, name := range []string{"proxy", "web", "database", "search"} {
		if services[name] == "" {
			t.Errorf("there is no service %s", name)
		}
		if publishes := strings.Contains(services[name], "    ports:"); publishes != (name == "proxy") {
			t.Errorf("service %s publishes a port: %v", name, publishes)
		}
	}
	for _, name := range deployForm.FindAllString(compose+docker, -1) {
		if !knownVariable(name) {
			t.Errorf("no flag reads %s", name)
		}
	}
	set := variableForm.FindAllStringSubmatch(services["web"], -1)
	if len(set) < 5 || !strings.Contains(services["web"], "replicas: 3") {
		t.Errorf("%d settings of the server, and it is not run three times: %s", len(set), services["web"])
	}
	for _, m := range set {
		t.Setenv(m[1], defaultForm.ReplaceAllString(m[2], "$1"))
	}
	var c cli
	parser, err := newParser(&c, streams{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Errorf("the program does not take these settings: %v", err)
	}
	if subnet := c.Serve.TrustedProxy; len(subnet) != 1 || !strings.Contains(compose, "subnet: "+subnet[0]) {
		t.Errorf("the proxy is not in %v, which is trusted", subnet)
	}
	if u, err := url.Parse(c.Database); err != nil || services[u.Hostname()] == "" || u.User.Username() == "" {
		t.Errorf("the database is at %v", c.Database)
	}
	if !strings.Contains(readFile(t, "../../deploy/Caddyfile"), "dynamic a web 8080") || !strings.Contains(docker, "CAREFINDER_ADDR=:8080") {
		t.Error("the proxy asks another port than the server listens on")
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
