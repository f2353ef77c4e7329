package main

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"path"
	"slices"
	"strings"

	"github.com/smallstep/pkcs7"
)

// The sealed report: files in a signed ASiC-E (CAdES), sealed to one certificate (CMS), and back again.

const (
	mimetype      = "application/vnd.etsi.asic-e+zip"
	manifestName  = "META-INF/ASiCManifest.xml"
	signatureName = "META-INF/signature.p7s"
	sha256Name    = "http://www.w3.org/2001/04/xmlenc#sha256"
)

var (
	mediaTypes              = map[string]string{".json": "application/json", ".pdf": "application/pdf"}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidMGF1                 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// Manifest is what the signature is over: each file's digest.
type Manifest struct {
	XMLName   xml.Name `xml:"http://uri.etsi.org/02918/v1.2.1# ASiCManifest"`
	Signature struct {
		URI      string `xml:"URI,attr"`
		MimeType string `xml:"MimeType,attr"`
	} `xml:"http://uri.etsi.org/02918/v1.2.1# SigReference"`
	Files []Reference `xml:"http://uri.etsi.org/02918/v1.2.1# DataObjectReference"`
}

// Reference is one file of a Manifest.
type Reference struct {
	URI      string `xml:"URI,attr"`
	MimeType string `xml:"MimeType,attr"`
	Rootfile bool   `xml:"Rootfile,attr,omitempty"`
	Method   struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"http://www.w3.org/2000/09/xmldsig# DigestMethod"`
	Value string `xml:"http://www.w3.org/2000/09/xmldsig# DigestValue"`
}

// pack makes a signed ASiC-E in the form of KS's clients.
func pack(files map[string][]byte, key *rsa.PrivateKey, certificate *x509.Certificate) ([]byte, error) {
	var manifest Manifest
	manifest.Signature.URI, manifest.Signature.MimeType = signatureName, "application/x-pkcs7-signature"
	names := slices.Sorted(maps.Keys(files))
	for at, name := range names {
		reference := Reference{URI: name, MimeType: mediaTypes[path.Ext(name)], Rootfile: at == 0, Value: digest(files[name])}
		reference.Method.Algorithm = sha256Name
		manifest.Files = append(manifest.Files, reference)
	}
	content, err := xml.Marshal(manifest)
	if err != nil {
		return nil, err
	}
	signature, err := sign(content, key, certificate)
	if err != nil {
		return nil, err
	}

	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	add := func(name string, method uint16, content []byte) {
		entry, failure := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if failure == nil {
			_, failure = entry.Write(content)
		}
		err = errors.Join(err, failure)
	}
	add("mimetype", zip.Store, []byte(mimetype)) // first, and not compressed
	for _, name := range names {
		add(name, zip.Deflate, files[name])
	}
	add(manifestName, zip.Deflate, content)
	add(signatureName, zip.Deflate, signature)
	err = errors.Join(err, archive.Close())
	return out.Bytes(), err
}

// unpack gives the files, once the manifest names them all and was signed by the organisation sealedBy, which ca vouches for.
func unpack(asice []byte, sealedBy string, ca *x509.Certificate) (map[string][]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(asice), int64(len(asice)))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var kind, content, signature []byte
	for _, entry := range archive.File {
		reader, err := entry.Open()
		if err != nil {
			return nil, err
		}
		bytes, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		switch {
		case strings.EqualFold(entry.Name, manifestName):
			content = bytes
		case strings.HasSuffix(entry.Name, ".p7s"):
			signature = bytes
		case entry.Name == "mimetype":
			kind = bytes
		case !strings.HasPrefix(entry.Name, "META-INF/"):
			files[entry.Name] = bytes
		}
	}

	if string(kind) != mimetype {
		return nil, errors.New("not an ASiC-E")
	}
	signed, err := pkcs7.Parse(signature)
	if err != nil {
		return nil, err
	}
	anchors := x509.NewCertPool()
	anchors.AddCert(ca)
	signed.Content = content
	if err := signed.VerifyWithChain(anchors); err != nil {
		return nil, err
	}
	if signer := signed.GetOnlySigner(); signer == nil || signer.Subject.SerialNumber != sealedBy {
		return nil, fmt.Errorf("not signed by %s", sealedBy)
	}
	var manifest Manifest
	if err := xml.Unmarshal(content, &manifest); err != nil {
		return nil, err
	}
	if len(manifest.Files) != len(files) {
		return nil, errors.New("the manifest is about other files")
	}
	for _, reference := range manifest.Files {
		if file, known := files[reference.URI]; !known || strings.TrimSpace(reference.Value) != digest(file) {
			return nil, fmt.Errorf("%s is not the file that was signed", reference.URI)
		}
	}
	return files, nil
}

// sign makes a detached CAdES-BES signature.
func sign(content []byte, key *rsa.PrivateKey, certificate *x509.Certificate) ([]byte, error) {
	signed, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	// SigningCertificateV2, which CAdES requires: a list of lists of hashes (RFC 5035).
	hash := sha256.Sum256(certificate.Raw)
	type certificateID struct{ Hash []byte }
	own := struct{ Certs []certificateID }{[]certificateID{{hash[:]}}}
	attribute := pkcs7.Attribute{Type: oidSigningCertificateV2, Value: own}
	err = signed.AddSigner(certificate, key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: []pkcs7.Attribute{attribute}})
	if err != nil {
		return nil, err
	}
	signed.Detach()
	return signed.Finish()
}

// The parts of an EnvelopedData (RFC 5652). pkcs7.Encrypt would do, if it said that OAEP's mask is made with SHA-256 too:
// what it writes means SHA-1, and is refused.
type (
	oaepParameters struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		Mask maskGenerator            `asn1:"explicit,tag:1"`
	}
	maskGenerator struct {
		Algorithm asn1.ObjectIdentifier
		Hash      pkix.AlgorithmIdentifier
	}
	keyTransport struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters oaepParameters
	}
	recipientInfo struct {
		Version   int
		Recipient struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Transport keyTransport
		Key       []byte
	}
	contentCipher struct {
		Algorithm asn1.ObjectIdentifier
		IV        []byte
	}
	encryptedContent struct {
		Type    asn1.ObjectIdentifier
		Cipher  contentCipher
		Content []byte `asn1:"tag:0"`
	}
	envelopedData struct {
		Version    int
		Recipients []recipientInfo `asn1:"set"`
		Content    encryptedContent
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content envelopedData `asn1:"explicit,tag:0"`
	}
)

// seal makes a CMS EnvelopedData: RSAES-OAEP with SHA-256 twice, AES-256-CBC.
func seal(content []byte, recipient *x509.Certificate) ([]byte, error) {
	public, ok := recipient.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the recipient's key is not RSA")
	}
	key, iv := make([]byte, 32), make([]byte, aes.BlockSize)
	rand.Read(key)
	rand.Read(iv)
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(content)%aes.BlockSize
	padded := append(slices.Clone(content), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)

	hash := pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDDigestAlgorithmSHA256}
	info := recipientInfo{Key: wrapped, Transport: keyTransport{
		pkcs7.OIDEncryptionAlgorithmRSAESOAEP, oaepParameters{hash, maskGenerator{oidMGF1, hash}}}}
	info.Recipient.Issuer, info.Recipient.Serial = asn1.RawValue{FullBytes: recipient.RawIssuer}, recipient.SerialNumber
	return asn1.Marshal(contentInfo{pkcs7.OIDEnvelopedData, envelopedData{
		Recipients: []recipientInfo{info},
		Content: encryptedContent{
			pkcs7.OIDData, contentCipher{pkcs7.OIDEncryptionAlgorithmAES256CBC, iv}, padded},
	}})
}

// unseal opens what was sealed to the certificate, also in the BER that KS's clients write.
func unseal(envelope []byte, certificate *x509.Certificate, key crypto.PrivateKey) ([]byte, error) {
	parsed, err := pkcs7.Parse(envelope)
	if err != nil {
		return nil, err
	}
	return parsed.Decrypt(certificate, key)
}

func digest(content []byte) string {
	hash := sha256.Sum256(content)
	return base64.StdEncoding.EncodeToString(hash[:])
}
