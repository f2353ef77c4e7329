package meldeport.example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSADecrypter;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import meldeport.client.ApiClient;
import meldeport.client.ApiException;
import meldeport.client.api.FagsystemApi;
import meldeport.client.api.KommuneApi;
import meldeport.client.api.KryptertApi;
import meldeport.client.api.OppslagApi;
import meldeport.client.model.BekymringsmeldingOffentligV2;
import meldeport.client.model.BydelEnkelV2;
import meldeport.client.model.Format;
import meldeport.client.model.HistorikkApiModel;
import meldeport.client.model.VentendeMelding;
import meldeport.client.model.VentendeMeldinger;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** A school sends two reports, a municipality fetches, opens and receipts them, and the school sees that they are delivered. */
public final class RoundTrip {
    private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();

    public static void main(String[] args) {
        int code = 0;
        try {
            run(Path.of(args[0]), Path.of(args[1])); // the kit's folder, and the one with the sealed report
        } catch (ApiException e) {
            System.err.println("FAILED: the gateway answered " + e.getCode() + " " + e.getMessage());
            code = 1;
        } catch (Exception e) {
            System.err.println("FAILED: " + e);
            code = 1;
        }
        System.exit(code); // inside Maven's JVM: the code must reach the shell
    }

    private static void run(Path dir, Path sealed) throws Exception {
        JsonNode kit = JSON.readTree(dir.resolve("kit.json").toFile());
        JsonNode school = kit.get("fagsystem"), municipality = kit.get("kommune");
        UUID schoolOrg = uuid(school, "fiksOrgId"), municipalityOrg = uuid(municipality, "fiksOrgId");
        String kommune = text(municipality, "kommunenummer");

        ApiClient asSchool = connect(dir, kit, school, text(kit, "clientId"), kit.get("virksomhetssertifikat"));
        ApiClient asMunicipality = connect(dir, kit, municipality, text(municipality, "clientId"),
                municipality.get("virksomhetssertifikat"));
        print("token", "one for the school, one for the municipality");

        List<BydelEnkelV2> bydeler = new OppslagApi(asSchool).getBydeler(kommune);
        print("bydeler", "%s", bydeler.stream().map(b -> b.getBydelsnummer() + " " + b.getBydelsnavn()).toList());
        BydelEnkelV2 east = bydeler.stream().filter(b -> b.getBydelsnummer().equals("02")).findFirst().orElseThrow();

        // As JSON: the gateway checks it against the form, makes the PDF, signs and seals.
        FagsystemApi fagsystem = new FagsystemApi(asSchool);
        BekymringsmeldingOffentligV2 report = JSON.readValue(dir.resolve("rapport/bekymringsmelding.json").toFile(),
                BekymringsmeldingOffentligV2.class);
        report.setBydelsnummer(east.getBydelsnummer());
        report.setBydelsnavn(east.getBydelsnavn());
        report.setSendingstidspunkt(
                LocalDateTime.now(ZoneId.of("Europe/Oslo")).truncatedTo(ChronoUnit.SECONDS).toString());
        UUID plain = fagsystem.opprettOffentligBekymringsmelding(schoolOrg, kommune, "02", report,
                UUID.randomUUID().toString()).getUuid();
        print("sent", "%s to office 02, as JSON", plain);

        // As multipart: sealed by the sender, so the gateway cannot read it.
        UUID secret = new KryptertApi(asSchool).opprettOffentligBekymringsmelding(schoolOrg, kommune, "01",
                sealed.resolve("asice.zip").toFile(), sealed.resolve("bekymringsmelding.pdf").toFile(),
                UUID.randomUUID().toString()).getUuid();
        print("sent", "%s to office 01, as multipart, sealed by the sender", secret);

        KommuneApi queue = new KommuneApi(asMunicipality);
        require(await(queue, municipalityOrg, kommune, "02", plain).getFormat() == Format.JWE, "office 02 takes JWE");
        JsonNode opened = openJwe(download(queue, municipalityOrg, plain), key(dir.resolve("kommune-02.key.pem")));
        require(text(opened, "leveringskanal").equals(report.getLeveringskanal()), "another report came out of the JWE");
        receipt(queue, municipalityOrg, plain);

        require(await(queue, municipalityOrg, kommune, "01", secret).getFormat() == Format.ASICE, "office 01 takes ASiC-E");
        Map<String, byte[]> files = openCms(download(queue, municipalityOrg, secret), key(dir.resolve("kommune.key.pem")));
        require(Arrays.equals(files.get("bekymringsmelding.json"),
                Files.readAllBytes(dir.resolve("rapport/bekymringsmelding.json"))), "the JSON is not the one that was sent");
        receipt(queue, municipalityOrg, secret);

        for (UUID id : List.of(plain, secret)) {
            List<HistorikkApiModel> history = fagsystem.getStatusBekymringsmelding(schoolOrg, id);
            // As text, whether the document calls it that or lists the values.
            List<String> states = history.stream().map(event -> String.valueOf(event.getTilstand())).toList();
            print("status", "%s %s", id, String.join(" ", states));
            require(states.get(states.size() - 1).equals("LEVERT"), "%s is not LEVERT".formatted(id));
        }
    }

    /** A client that has one party's three credentials on every call. */
    private static ApiClient connect(Path dir, JsonNode kit, JsonNode party, String clientId, JsonNode certificate)
            throws Exception {
        String token = token(dir, kit, clientId, certificate);
        String id = text(party, "integrasjonId"), password = text(party, "integrasjonPassord");
        ApiClient client = new ApiClient();
        client.updateBaseUri(text(kit, "baseUrl") + "/bekymringsmelding/api/v2");
        client.setConnectTimeout(Duration.ofSeconds(10)).setReadTimeout(Duration.ofSeconds(60));
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token)
                .header("IntegrasjonId", id).header("IntegrasjonPassord", password));
        return client;
    }

    /** A JWT grant (RFC 7523) signed with the virksomhetssertifikat, for a token of two minutes. */
    private static String token(Path dir, JsonNode kit, String clientId, JsonNode certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] password = text(certificate, "passord").toCharArray();
        try (InputStream in = Files.newInputStream(dir.resolve(text(certificate, "fil")))) { store.load(in, password); }
        String alias = text(certificate, "alias");
        Instant now = Instant.now();
        SignedJWT grant = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .x509CertChain(List.of(Base64.encode(store.getCertificate(alias).getEncoded()))).build(),
                new JWTClaimsSet.Builder().audience(text(kit, "issuer")).issuer(clientId).claim("scope", text(kit, "scope"))
                        .jwtID(UUID.randomUUID().toString())
                        .issueTime(Date.from(now)).expirationTime(Date.from(now.plusSeconds(100))).build());
        grant.sign(new RSASSASigner((PrivateKey) store.getKey(alias, password)));
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create(text(kit, "tokenEndpoint")))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer"
                                + "&assertion=" + grant.serialize())).build(),
                HttpResponse.BodyHandlers.ofString());
        require(answer.statusCode() == 200, "Maskinporten answered " + answer.body());
        return text(JSON.readTree(answer.body()), "access_token");
    }

    /** Looks through the queue, all pages of it, until the report is there: others may be waiting too. */
    private static VentendeMelding await(KommuneApi queue, UUID org, String kommune, String bydel, UUID id) throws Exception {
        for (Instant end = Instant.now().plusSeconds(30); Instant.now().isBefore(end); Thread.sleep(300)) {
            UUID cursor = null;
            do {
                VentendeMeldinger page = queue.getVentendeMeldinger(org, kommune, bydel, 200, cursor, 10);
                for (VentendeMelding waiting : page.getMeldinger()) {
                    if (!waiting.getBekymringsmeldingId().equals(id)) continue;
                    print("waiting", "%s for office %s from %s, as %s", id, bydel, waiting.getAvsender().getNavn(),
                            waiting.getFormat());
                    return waiting;
                }
                cursor = page.getNesteMarkor();
            } while (cursor != null);
        }
        throw new IllegalStateException(id + " does not wait for office " + bydel);
    }

    private static byte[] download(KommuneApi queue, UUID org, UUID id) throws Exception {
        File file = queue.getInnhold(org, id, null, null, null); // in the folder for temporary files
        try { return Files.readAllBytes(file.toPath()); } finally { Files.delete(file.toPath()); }
    }

    private static JsonNode openJwe(byte[] content, PrivateKey key) throws Exception {
        JWEObject jwe = JWEObject.parse(new String(content, StandardCharsets.US_ASCII));
        jwe.decrypt(new RSADecrypter(key));
        print("opened", "JWE with %s: %s", jwe.getHeader().getAlgorithm(), jwe.getHeader().getCustomParam("skjema"));
        return JSON.readTree(jwe.getPayload().toBytes());
    }

    /** The files in an encrypted ASiC-E. Whose signature is on it is another question: see java-ks-parts. */
    private static Map<String, byte[]> openCms(byte[] content, PrivateKey key) throws Exception {
        var recipient = new JceKeyTransEnvelopedRecipient(key).setProvider("BC");
        byte[] asice = new CMSEnvelopedData(content).getRecipientInfos().iterator().next().getContent(recipient);
        Map<String, byte[]> files = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(asice))) {
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) files.put(entry.getName(), zip.readAllBytes());
        }
        print("opened", "CMS and ASiC-E: %s", files.keySet());
        return files;
    }

    private static void receipt(KommuneApi queue, UUID org, UUID id) throws Exception {
        print("receipt", "%s is now %s", id, queue.postMottatt(org, id).getTilstand());
    }

    private static PrivateKey key(Path pem) throws Exception {
        return RSAKey.parseFromPEMEncodedObjects(Files.readString(pem)).toRSAKey().toPrivateKey();
    }

    private static UUID uuid(JsonNode node, String name) { return UUID.fromString(text(node, name)); }

    private static String text(JsonNode node, String name) { return node.required(name).asText(); }

    private static void require(boolean condition, String message) {
        if (!condition) throw new IllegalStateException(message);
    }

    private static void print(String what, String format, Object... values) {
        System.out.printf("%-8s %s%n", what, format.formatted(values));
    }

    static { Security.addProvider(new BouncyCastleProvider()); }
}
