package main

import (
	"fmt"
	"os"
	"strings"

	"carefinder/internal/auth/oidc"
	"carefinder/internal/web"
)

// provider is where curators may sign in besides: an OpenID Connect provider.
type provider struct {
	OIDCIssuer     string `name:"oidc-issuer" placeholder:"URL" help:"OpenID Connect provider that curators may sign in at; needs --oidc-client and --oidc-secret-file, and takes /desk/sign-in/provider/return as the address to come back to."`
	OIDCClient     string `name:"oidc-client" placeholder:"ID" help:"What the provider calls this site."`
	OIDCSecretFile string `name:"oidc-secret-file" placeholder:"FILE" help:"File that holds the secret shared with the provider."`
	OIDCName       string `name:"oidc-name" placeholder:"NAME" help:"What people call the provider (default: its host)."`
}

// open gives the provider, nil where none is named.
func (p provider) open() (web.Provider, error) {
	if p.OIDCIssuer == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(p.OIDCSecretFile)
	if err != nil {
		return nil, fmt.Errorf("--oidc-secret-file: %w", err)
	}
	o, err := oidc.New(oidc.Config{Name: p.OIDCName, Issuer: p.OIDCIssuer, Client: p.OIDCClient, Secret: strings.TrimSpace(string(secret))})
	if err != nil {
		return nil, err
	}
	return o, nil
}
