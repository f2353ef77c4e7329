// A report as plain JSON and a sealed one, from a school's case system to a municipality's, with the generated client.
package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"software.sslmate.com/src/go-pkcs12"

	"meldeport.example/go/generated/meldeport"
)

const (
	jsonName = "bekymringsmelding.json"
	pdfName  = "bekymringsmelding.pdf"
	// The demo's offices: what came as plain JSON is handed to the second one as JWE.
	asiceOffice = "01"
	jweOffice   = "02"
)

var ctx = context.Background()

type virksomhet struct{ Fil, Passord string }

type organisation struct {
	FiksOrgID                         uuid.UUID
	IntegrasjonID, IntegrasjonPassord string
	// The municipality's only.
	Kommunenummer, ClientID string
	Virksomhetssertifikat   virksomhet
}

// Kit is kit.json as `meldeport demo --kit DIR` writes it.
type Kit struct {
	dir                                      string
	BaseURL, TokenEndpoint, Issuer, ClientID string
	Scope                                    string
	Fagsystem, Kommune                       organisation
	Virksomhetssertifikat                    virksomhet
}

// Party is one of the two organisations: its virksomhetssertifikat, and a client with its three credentials.
type Party struct {
	*meldeport.ClientWithResponses
	fiksOrgID   uuid.UUID
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: main KITDIR")
	}
	kit := Kit{dir: os.Args[1]}
	must(0, json.Unmarshal(kit.read("kit.json"), &kit))
	school := join(kit, kit.Fagsystem, kit.ClientID, kit.Virksomhetssertifikat)
	municipality := join(kit, kit.Kommune, kit.Kommune.ClientID, kit.Kommune.Virksomhetssertifikat)
	say("token", "one for the school's case system and one for the municipality's")

	kommune := kit.Kommune.Kommunenummer
	found := must(school.GetBydelerWithResponse(ctx, kommune))
	var bydeler []string
	for _, bydel := range *answer(found.JSON200, found.HTTPResponse, found.Body) {
		bydeler = append(bydeler, bydel.Bydelsnummer+" "+bydel.Bydelsnavn)
	}
	say("bydeler", "%s has %s", kommune, strings.Join(bydeler, ", "))

	plain, form := school.sendJSON(kit, kommune, jweOffice)
	sealed, files := school.sendSealed(kit, kommune, asiceOffice)
	for _, report := range []uuid.UUID{plain, sealed} {
		say("status", "%s is %s", report, strings.Join(school.waitFor(report, "SENDT_FAGSYSTEM"), " "))
	}

	waiting, content := municipality.download(jweOffice, plain)
	check(waiting.Format == meldeport.JWE, "office %s got %s", jweOffice, waiting.Format)
	openJWE(content, kit.privateKey("kommune-02.key.pem"), form)
	municipality.receipt(plain)

	waiting, content = municipality.download(asiceOffice, sealed)
	container := must(unseal(content, kit.certificate("kommune.cert.pem"), kit.privateKey("kommune.key.pem")))
	opened := must(unpack(container, waiting.ForsegletAv, kit.certificate("ca.pem")))
	check(maps.EqualFunc(opened, files, bytes.Equal), "what was opened is not what was sent")
	say("opened", "CMS, an ASiC-E signed by %s, both files byte for byte as sent", waiting.ForsegletAv)
	municipality.receipt(sealed)

	for _, report := range []uuid.UUID{plain, sealed} {
		states := school.waitFor(report, "LEVERT")
		say("status", "the sender sees that %s is %s", report, states[len(states)-1])
	}
}

// join gets a token and makes a client that carries it and the integration's id and password.
func join(kit Kit, party organisation, clientID string, virksomhet virksomhet) Party {
	key, certificate, _, err := pkcs12.DecodeChain(kit.read(virksomhet.Fil), virksomhet.Passord)
	must(0, err)
	private, ok := key.(*rsa.PrivateKey)
	check(ok, "%s holds no RSA key", virksomhet.Fil)
	token := kit.token(clientID, private, certificate)
	credentials := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("IntegrasjonId", party.IntegrasjonID)
		request.Header.Set("IntegrasjonPassord", party.IntegrasjonPassord)
		return nil
	}
	client := must(meldeport.NewClientWithResponses(kit.BaseURL+"/bekymringsmelding/api/v2",
		meldeport.WithHTTPClient(&http.Client{Timeout: 90 * time.Second}), meldeport.WithRequestEditorFn(credentials)))
	return Party{client, party.FiksOrgID, private, certificate}
}

// token is a Maskinporten token: a grant signed with the virksomhetssertifikat, exchanged. Valid for some minutes.
func (kit Kit) token(clientID string, key *rsa.PrivateKey, certificate *x509.Certificate) string {
	header := (&jose.SignerOptions{}).WithHeader("x5c", [][]byte{certificate.Raw})
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, header))
	now := time.Now()
	claims := jwt.Claims{
		Issuer: clientID, Audience: jwt.Audience{kit.Issuer}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(2 * time.Minute)),
	}
	scope := struct {
		Scope string `json:"scope"`
	}{kit.Scope}
	grant := must(jwt.Signed(signer).Claims(claims).Claims(scope).Serialize())
	response := must(http.PostForm(kit.TokenEndpoint, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant}}))
	defer response.Body.Close()
	body := must(io.ReadAll(response.Body))
	check(response.StatusCode == http.StatusOK, "no token: %s %s", response.Status, body)
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	must(0, json.Unmarshal(body, &granted))
	return granted.AccessToken
}

// report is the kit's sample, for this office and about now: Norwegian local time without a zone.
func (kit Kit) report(kommune, bydel string) meldeport.BekymringsmeldingOffentligV2 {
	var report meldeport.BekymringsmeldingOffentligV2
	must(0, json.Unmarshal(kit.read("rapport/"+jsonName), &report))
	report.Kommunenummer, report.Bydelsnummer = kommune, bydel
	report.Sendingstidspunkt = time.Now().In(must(time.LoadLocation("Europe/Oslo"))).Format("2006-01-02T15:04:05")
	return report
}

// sendJSON sends in the clear over TLS: the gateway checks the form, makes the PDF, and seals.
func (school Party) sendJSON(kit Kit, kommune, bydel string) (uuid.UUID, meldeport.BekymringsmeldingOffentligV2) {
	report := kit.report(kommune, bydel)
	sent := must(school.OpprettOffentligBekymringsmeldingWithResponse(ctx, school.fiksOrgID, kommune, bydel, idempotencyKey(), report))
	created := answer(sent.JSON201, sent.HTTPResponse, sent.Body)
	say("sent", "%s to office %s, as plain JSON", created.Uuid, bydel)
	return created.Uuid, report
}

// sendSealed seals here, so that nobody but the office, and the print supplier for the PDF, can read it.
func (school Party) sendSealed(kit Kit, kommune, bydel string) (uuid.UUID, map[string][]byte) {
	fetched := must(school.HentKryperingsnoklerWithResponse(ctx, kommune, bydel))
	keys := answer(fetched.JSON200, fetched.HTTPResponse, fetched.Body)
	pdf := kit.read("rapport/" + pdfName)
	files := map[string][]byte{jsonName: must(json.Marshal(kit.report(kommune, bydel))), pdfName: pdf}
	container := must(pack(files, school.key, school.certificate))

	// oapi-codegen makes a type for the parts, and an operation that takes any body: the multipart between the two is ours.
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	parts := meldeport.BekymringsmeldingMultipart{}
	parts.Bekymringsmelding.InitFromBytes(must(seal(pdf, certificate([]byte(keys.PrintOffentligNokkel.Nokkel)))), pdfName)
	parts.Asice.InitFromBytes(must(seal(container, certificate([]byte(keys.FiksIOOffentligNokkel.Nokkel)))), "asice.zip")
	must(must(form.CreateFormFile("bekymringsmelding", parts.Bekymringsmelding.Filename())).Write(must(parts.Bekymringsmelding.Bytes())))
	must(must(form.CreateFormFile("asice", parts.Asice.Filename())).Write(must(parts.Asice.Bytes())))
	must(0, form.Close())

	sent := must(school.OpprettOffentligBekymringsmeldingWithBodyWithResponse(
		ctx, school.fiksOrgID, kommune, bydel, idempotencyKey(), form.FormDataContentType(), &body))
	created := answer(sent.JSON201, sent.HTTPResponse, sent.Body)
	say("sent", "%s to office %s, sealed, as multipart", created.Uuid, bydel)
	return created.Uuid, files
}

func idempotencyKey() *meldeport.OpprettOffentligBekymringsmeldingParams {
	key := uuid.NewString()
	return &meldeport.OpprettOffentligBekymringsmeldingParams{IdempotencyKey: &key}
}

// waitFor gives the states that the report has gone through, once it has reached this one.
func (school Party) waitFor(report uuid.UUID, state string) (states []string) {
	for range 60 {
		history := must(school.GetStatusBekymringsmeldingWithResponse(ctx, school.fiksOrgID, report))
		states = nil
		for _, event := range *answer(history.JSON200, history.HTTPResponse, history.Body) {
			states = append(states, string(event.Tilstand))
		}
		if slices.Contains(states, state) {
			return states
		}
		time.Sleep(500 * time.Millisecond)
	}
	fail("%s did not become %s within half a minute: %s", report, state, states)
	return nil
}

// download gives the report's place in the office's queue, where others may wait as well, and its content as it was sealed.
func (municipality Party) download(bydel string, report uuid.UUID) (meldeport.VentendeMelding, []byte) {
	isReport := func(waiting meldeport.VentendeMelding) bool { return waiting.BekymringsmeldingId == report }
	params := meldeport.GetVentendeMeldingerParams{Bydelsnummer: &bydel}
	for {
		listed := must(municipality.GetVentendeMeldingerWithResponse(ctx, municipality.fiksOrgID, &params))
		page := answer(listed.JSON200, listed.HTTPResponse, listed.Body)
		if at := slices.IndexFunc(page.Meldinger, isReport); at >= 0 {
			waiting := page.Meldinger[at]
			content := must(municipality.GetInnholdWithResponse(ctx, municipality.fiksOrgID, report, nil))
			answer(&content.Body, content.HTTPResponse, content.Body)
			digest := sha256.Sum256(content.Body)
			check(hex.EncodeToString(digest[:]) == waiting.Sha256, "%s came broken", report)
			say("fetched", "%s from %s: %d bytes, %s", report, waiting.Avsender.Navn, len(content.Body), waiting.Format)
			return waiting, content.Body
		}
		check(page.NesteMarkor != nil, "%s does not wait for office %s", report, bydel)
		params.Markor = page.NesteMarkor
	}
}

func openJWE(content []byte, key *rsa.PrivateKey, sent meldeport.BekymringsmeldingOffentligV2) {
	token := must(jose.ParseEncryptedCompact(string(content),
		[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM}))
	var report struct {
		Melding struct{ Melding, Historie string }
	}
	must(0, json.Unmarshal(must(token.Decrypt(key)), &report))
	// This office reads version 1 of the form; what version 2 added has been carried over.
	check(report.Melding.Melding == sent.Melding.Melding &&
		strings.Contains(report.Melding.Historie, *sent.Melding.AndreSynspunkter), "what was opened is not what was sent")
	say("opened", "JWE, %s, without losing a word", token.Header.ExtraHeaders["skjema"])
}

// receipt is for what is safely stored: the gateway erases it now.
func (municipality Party) receipt(report uuid.UUID) {
	posted := must(municipality.PostMottattWithResponse(ctx, municipality.fiksOrgID, report))
	taken := answer(posted.JSON200, posted.HTTPResponse, posted.Body)
	check(taken.Tilstand == "LEVERT", "receipted, but %s is %s", report, taken.Tilstand)
	say("receipt", "%s is %s", report, taken.Tilstand)
}

// answer is what came when it went well; otherwise it says what the gateway said.
func answer[T any](wanted *T, response *http.Response, body []byte) *T {
	if wanted == nil || response.StatusCode >= 300 {
		var feil meldeport.Feil
		if json.Unmarshal(body, &feil) != nil {
			fail("%s %.300s", response.Status, body)
		}
		fail("%d %s: %s", response.StatusCode, feil.ErrorCode, feil.Message)
	}
	return wanted
}

func (kit Kit) read(name string) []byte { return must(os.ReadFile(filepath.Join(kit.dir, name))) }

func (kit Kit) certificate(name string) *x509.Certificate { return certificate(kit.read(name)) }

func (kit Kit) privateKey(name string) *rsa.PrivateKey {
	block, _ := pem.Decode(kit.read(name))
	key, ok := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(*rsa.PrivateKey)
	check(ok, "%s is not an RSA key", name)
	return key
}

func certificate(text []byte) *x509.Certificate {
	block, _ := pem.Decode(text)
	check(block != nil, "not a certificate in PEM")
	return must(x509.ParseCertificate(block.Bytes))
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func check(condition bool, otherwise string, values ...any) {
	if !condition {
		fail(otherwise, values...)
	}
}

func say(what, text string, values ...any) {
	fmt.Printf("%-8s %s\n", what, fmt.Sprintf(text, values...))
}

func fail(reason string, values ...any) {
	fmt.Fprintf(os.Stderr, "FAILED: "+reason+"\n", values...)
	os.Exit(1)
}
