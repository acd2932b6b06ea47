package objectstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// expiredLogin is what aws login keeps, whose keys are over: they are to be had again.
func expiredLogin() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		panic(err)
	}
	proof := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	return fmt.Sprintf(`{"accessToken": {"accessKeyId": "AKIDLOGIN", "secretAccessKey": "hush", "sessionToken": "hush",
		"accountId": "123456789012", "expiresAt": "2020-01-01T00:00:00Z"}, "clientId": "me", "refreshToken": "hush", "dpopKey": %q}`, proof)
}
