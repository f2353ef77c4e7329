package meldeport.example;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.client.ClientResponseContext;
import jakarta.ws.rs.client.ClientResponseFilter;
import jakarta.ws.rs.client.Entity;
import jakarta.ws.rs.client.Invocation;
import jakarta.ws.rs.core.GenericType;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response.Status.Family;
import no.difi.asic.AsicReader;
import no.difi.asic.AsicReaderFactory;
import no.difi.asic.SignatureMethod;
import no.ks.fiks.io.asice.AsicHandler;
import no.ks.fiks.io.asice.AsicHandlerBuilder;
import no.ks.fiks.io.asice.model.KeystoreHolder;
import no.ks.fiks.io.asice.model.StreamContent;
import no.ks.fiks.maskinporten.AccessTokenRequest;
import no.ks.fiks.maskinporten.Maskinportenklient;
import no.ks.fiks.maskinporten.MaskinportenklientProperties;
import no.ks.kryptering.CMSKrypteringImpl;
import org.glassfish.jersey.media.multipart.FormDataMultiPart;
import org.glassfish.jersey.media.multipart.MultiPart;
import org.glassfish.jersey.media.multipart.MultiPartFeature;
import org.glassfish.jersey.media.multipart.file.StreamDataBodyPart;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A concern report all the way with KS's own parts: sealed and sent as KS's sender client does it, then fetched, opened
 * and receipted as the municipality. Reports that others have sent, such as {@code meldeport send}, are opened too.
 */
public final class RoundTrip {
    private static final String JSON = "bekymringsmelding.json", PDF = "bekymringsmelding.pdf";
    private static final CMSKrypteringImpl KRYPTERING = new CMSKrypteringImpl();

    /** kit.json as {@code meldeport demo --kit DIR} writes it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Kit(String baseUrl, String tokenEndpoint, String issuer, String clientId, String scope, Fagsystem fagsystem,
               Kommune kommune, Sertifikat virksomhetssertifikat) {
        @JsonIgnoreProperties(ignoreUnknown = true)
        record Fagsystem(UUID fiksOrgId, String integrasjonId, String integrasjonPassord) {}
        @JsonIgnoreProperties(ignoreUnknown = true)
        record Kommune(String kommunenummer, String bydelsnummer, UUID fiksOrgId, String clientId, String integrasjonId,
                       String integrasjonPassord, Sertifikat virksomhetssertifikat) {}
        record Sertifikat(String fil, String passord, String alias) {}
    }

    // The v1 answers, with the very fields of KS's model classes and read as strictly as KS's client reads them: a field
    // more, or a time with an offset, fails here as it would there.
    record Bydel(String bydelsnummer, String bydelsnavn, boolean standardMottaker) {}
    record Krypteringsnokler(Nokkel printOffentligNokkel, Nokkel fiksIOOffentligNokkel) {}
    record Nokkel(String nokkel, LocalDateTime validFrom, LocalDateTime validTo, String serial, String subjectDN,
                  String issuerDN) {
        X509Certificate certificate() throws Exception { return parse(nokkel.getBytes(StandardCharsets.UTF_8)); }
    }
    record BekymringsmeldingId(UUID uuid) {}
    record Historikk(UUID bekymringsmeldingId, LocalDateTime tidspunkt, String tilstand, String beskrivelse) {}

    // The municipality's side is Meldeport's own API.
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Ventende(List<Melding> meldinger) {}
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Melding(UUID bekymringsmeldingId, Avsender avsender, String forsegletAv, long storrelse, String sha256,
                   String profil) {}
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Avsender(String organisasjonsnummer, String navn) {}
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Kvittering(String tilstand) {}

    public static void main(String[] args) {
        // When a connection breaks before the answer has come, the JDK silently sends the POST once more.
        System.setProperty("sun.net.http.retryPost", "false");
        int code = 0;
        try {
            require(args.length >= 1, "usage: KITDIR [ID…], where each ID is a report that has been sent from the kit");
            run(Path.of(args[0]), Arrays.stream(args).skip(1).map(UUID::fromString)
                    .collect(Collectors.toCollection(LinkedHashSet::new)));
        } catch (Throwable e) {
            System.err.println("FAILED: " + reason(e));
            code = 1;
        }
        System.exit(code); // inside Maven's JVM: the code must reach the shell, and idle library threads must not delay it
    }

    private static void run(Path dir, Set<UUID> sent) throws Exception {
        Kit kit = new ObjectMapper().readValue(dir.resolve("kit.json").toFile(), Kit.class);
        Map<String, byte[]> report = new TreeMap<>();
        for (String name : List.of(JSON, PDF)) report.put(name, Files.readAllBytes(dir.resolve("rapport").resolve(name)));

        // KS's handler needs two threads at the least: one writes the ZIP, one encrypts it.
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (Client client = ClientBuilder.newBuilder()
                .register(MultiPartFeature.class)
                .register(new RefuseErrors())
                .connectTimeout(10, TimeUnit.SECONDS).readTimeout(60, TimeUnit.SECONDS) // the default is to wait for ever
                .build()) {
            Party skole = Party.open(dir, kit, client, kit.clientId, kit.fagsystem.integrasjonId,
                    kit.fagsystem.integrasjonPassord, kit.virksomhetssertifikat);
            Party kommune = Party.open(dir, kit, client, kit.kommune.clientId, kit.kommune.integrasjonId,
                    kit.kommune.integrasjonPassord, kit.kommune.virksomhetssertifikat);
            String fagsystem = "v1/mottak/fagsystem/";

            sent.add(send(dir, kit, skole, fagsystem, pool, report));
            receive(dir, kit, kommune, pool, skole.certificate, sent, report);

            for (UUID id : sent) {
                List<Historikk> status = skole.at(fagsystem + kit.fagsystem.fiksOrgId + "/bekymringsmelding/" + id + "/status")
                        .get(new GenericType<>() {});
                print("status", "%s %s", id, status.stream().map(Historikk::tilstand).collect(Collectors.joining(" ")));
                require(status.get(status.size() - 1).tilstand.equals("LEVERT"), "report %s is not LEVERT", id);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** What KS's sender client does, step by step: ask for offices and keys, seal, post. */
    private static UUID send(Path dir, Kit kit, Party skole, String fagsystem, ExecutorService pool,
                             Map<String, byte[]> report) throws Exception {
        String kommune = kit.kommune.kommunenummer, bydel = kit.kommune.bydelsnummer;
        List<Bydel> bydeler = skole.at("v1/kommuner/" + kommune + "/bydeler").get(new GenericType<>() {});
        print("bydeler", "%s", bydeler.stream().map(b -> b.bydelsnummer + " " + b.bydelsnavn).toList());
        require(bydeler.stream().anyMatch(b -> b.bydelsnummer.equals(bydel)), "no bydel %s in %s", bydel, kommune);

        Krypteringsnokler nokler = skole.at(fagsystem + kommune + "/" + bydel + "/krypteringsnokler")
                .get(Krypteringsnokler.class);
        X509Certificate tilKommune = nokler.fiksIOOffentligNokkel.certificate();
        X509Certificate tilPrint = nokler.printOffentligNokkel.certificate();
        require(tilKommune.equals(parse(Files.readAllBytes(dir.resolve("kommune.cert.pem"))))
                && tilPrint.equals(parse(Files.readAllBytes(dir.resolve("print.cert.pem")))),
                "the gateway hands out other keys than the kit's: %s", nokler);
        print("nokler", "fagsystem until %s, print until %s", nokler.fiksIOOffentligNokkel.validTo,
                nokler.printOffentligNokkel.validTo);

        ByteArrayOutputStream tilUtskrift = new ByteArrayOutputStream();
        KRYPTERING.krypterData(tilUtskrift, new ByteArrayInputStream(report.get(PDF)), tilPrint);
        try (AsicHandler asic = AsicHandlerBuilder.create().withExecutorService(pool).withKeyStoreHolder(skole.holder()).build();
             InputStream asice = asic.encrypt(tilKommune, List.of(
                     new StreamContent(new ByteArrayInputStream(report.get(JSON)), JSON),
                     new StreamContent(new ByteArrayInputStream(report.get(PDF)), PDF)));
             MultiPart parts = new FormDataMultiPart()
                     .bodyPart(new StreamDataBodyPart("bekymringsmelding", new ByteArrayInputStream(tilUtskrift.toByteArray()), PDF))
                     .bodyPart(new StreamDataBodyPart("asice", asice, "asice.zip"))) {
            UUID id = skole.at(fagsystem + kit.fagsystem.fiksOrgId + "/" + kommune + "/" + bydel + "/offentlig")
                    .post(Entity.entity(parts, parts.getMediaType()), BekymringsmeldingId.class).uuid;
            require(id != null, "the gateway answered without a uuid");
            print("sent", "%s", id);
            return id;
        }
    }

    /** Fetches, opens and receipts everything that waits; all of {@code sent} must be among it, with the kit's report in. */
    private static void receive(Path dir, Kit kit, Party kommune, ExecutorService pool, X509Certificate avsender,
                                Set<UUID> sent, Map<String, byte[]> report) throws Exception {
        PrivateKey key = privateKey(Files.readString(dir.resolve("kommune.key.pem")));
        X509Certificate ca = parse(Files.readAllBytes(dir.resolve("ca.pem")));
        String queue = "v2/avhenting/" + kit.kommune.fiksOrgId + "/meldinger";
        Set<UUID> missing = new LinkedHashSet<>(sent);
        try (AsicHandler asic = AsicHandlerBuilder.create().withExecutorService(pool).withPrivatNokkel(key)
                .withKeyStoreHolder(kommune.holder()).build()) {
            for (List<Melding> waiting; !(waiting = kommune.at(queue, Map.of("kommunenummer", kit.kommune.kommunenummer,
                    "bydelsnummer", kit.kommune.bydelsnummer, "vent", missing.isEmpty() ? 0 : 10)) // a receipted one is gone
                    .get(Ventende.class).meldinger).isEmpty(); ) {
                for (Melding melding : waiting) {
                    UUID id = melding.bekymringsmeldingId;
                    byte[] cms = kommune.at(queue + "/" + id + "/innhold").accept(MediaType.WILDCARD_TYPE).get(byte[].class);
                    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(cms));
                    require(cms.length == melding.storrelse && sha256.equals(melding.sha256),
                            "%s came broken: %d bytes, SHA-256 %s", id, cms.length, sha256);

                    Map<String, byte[]> files = open(melding, cms, key, avsender, ca, asic);
                    if (missing.remove(id)) {
                        require(files.keySet().equals(report.keySet()), "%s holds other files: %s", id, files.keySet());
                        report.forEach((name, bytes) -> require(Arrays.equals(bytes, files.get(name)),
                                "%s in %s is not the one that was sent", name, id));
                    }
                    print("opened", "%s from %s, signed by %s: %s%s", id, melding.avsender.navn, melding.forsegletAv, files.keySet(),
                            sent.contains(id) ? ", byte for byte as sent" : "");

                    String tilstand = kommune.at(queue + "/" + id + "/mottatt").post(null, Kvittering.class).tilstand;
                    require(tilstand.equals("LEVERT"), "%s was receipted, but is %s", id, tilstand);
                }
            }
        }
        require(missing.isEmpty(), "sent, but never waiting for the municipality: %s", missing);
    }

    /** Opens an envelope with both of KS's readers, and checks whose signature is on it. */
    private static Map<String, byte[]> open(Melding melding, byte[] cms, PrivateKey key, X509Certificate avsender,
                                            X509Certificate ca, AsicHandler asic) throws Exception {
        UUID id = melding.bekymringsmeldingId;
        // KS's reader checks the digests and the signature on the way through, but not whose it is: so it is asked after.
        Map<String, byte[]> files = new TreeMap<>();
        byte[] asice = KRYPTERING.dekrypterData(cms, key);
        try (AsicReader reader = AsicReaderFactory.newFactory(SignatureMethod.CAdES).open(new ByteArrayInputStream(asice))) {
            for (String name; (name = reader.getNextFile()) != null; ) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                reader.writeFile(content);
                files.put(name, content.toByteArray());
            }
            var signers = reader.getAsicManifest().getCertificate();
            require(signers.size() == 1, "%s has %d signers", id, signers.size());
            X509Certificate signer = parse(signers.get(0).getCertificate());
            // What came in as plain JSON is signed by the gateway's organisation, and said to be.
            boolean own = melding.forsegletAv.equals(melding.avsender.organisasjonsnummer);
            if (!own) signer.verify(ca.getPublicKey());
            require(own ? signer.equals(avsender) : signer.getSubjectX500Principal().toString().contains(melding.forsegletAv),
                    "%s is not signed by %s but by %s", id, melding.forsegletAv, signer.getSubjectX500Principal());
        }

        // The one-step reader of KS Fiks IO. Its decrypt() fails in a background thread and ends the stream as if all were
        // well; writeDecrypted() throws.
        Path zip = Files.createTempFile("melding", ".zip");
        try {
            asic.writeDecrypted(new ByteArrayInputStream(cms), zip);
            try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
                int entries = 0;
                for (ZipEntry entry; (entry = in.getNextEntry()) != null; entries++)
                    require(Arrays.equals(in.readAllBytes(), files.get(entry.getName())),
                            "KS's two readers differ on %s in %s", entry.getName(), id);
                require(entries == files.size(), "KS's two readers differ on the number of files in %s", id);
            }
        } finally {
            Files.delete(zip);
        }
        return files;
    }

    /** One of the two organisations, with its virksomhetssertifikat, Maskinporten client and integration. */
    record Party(Kit kit, Client client, String integrasjonId, String integrasjonPassord, Kit.Sertifikat sertifikat,
                 KeyStore store, X509Certificate certificate, Maskinportenklient maskinporten) {

        static Party open(Path dir, Kit kit, Client client, String clientId, String integrasjonId, String integrasjonPassord,
                          Kit.Sertifikat sertifikat) throws Exception {
            // Opened here because KS's handler would do it in a background thread and tell nobody that it failed.
            char[] passord = sertifikat.passord.toCharArray();
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(dir.resolve(sertifikat.fil))) { store.load(in, passord); }
            PrivateKey key = (PrivateKey) store.getKey(sertifikat.alias, passord);
            X509Certificate certificate = (X509Certificate) store.getCertificate(sertifikat.alias);
            require(key != null && certificate != null, "no key and certificate named %s in %s", sertifikat.alias,
                    sertifikat.fil);
            return new Party(kit, client, integrasjonId, integrasjonPassord, sertifikat, store, certificate,
                    Maskinportenklient.builder()
                            .withPrivateKey(key)
                            .usingVirksomhetssertifikat(certificate)
                            .withProperties(MaskinportenklientProperties.builder()
                                    .tokenEndpoint(kit.tokenEndpoint)
                                    .audience(kit.issuer)   // "aud" is the issuer's name, with its last slash
                                    .issuer(clientId)       // "iss" is the client
                                    .numberOfSecondsLeftBeforeExpire(10)
                                    .build())
                            .build());
        }

        KeystoreHolder holder() {
            return KeystoreHolder.builder().withKeyStore(store).withKeyStorePassword(sertifikat.passord)
                    .withKeyAlias(sertifikat.alias).withKeyPassword(sertifikat.passord).build();
        }

        Invocation.Builder at(String path) { return at(path, Map.of()); }

        Invocation.Builder at(String path, Map<String, Object> query) {
            var target = client.target(kit.baseUrl).path("bekymringsmelding/api").path(path);
            for (var parameter : query.entrySet()) target = target.queryParam(parameter.getKey(), parameter.getValue());
            String token = maskinporten.getAccessToken(AccessTokenRequest.builder().scope(kit.scope).build());
            return target.request(MediaType.APPLICATION_JSON_TYPE)
                    .header("IntegrasjonId", integrasjonId)
                    .header("IntegrasjonPassord", integrasjonPassord)
                    .header("Authorization", "Bearer " + token);
        }
    }

    /** Says what the gateway said, where Jersey's own exception has the status only. */
    static final class RefuseErrors implements ClientResponseFilter {
        @Override
        public void filter(ClientRequestContext request, ClientResponseContext response) throws IOException {
            if (response.getStatusInfo().getFamily() == Family.SUCCESSFUL) return;
            byte[] body = response.hasEntity() ? response.getEntityStream().readNBytes(2000) : new byte[0];
            throw new IOException("%s %s was answered %d %s".formatted(request.getMethod(), request.getUri(),
                    response.getStatus(), new String(body, StandardCharsets.UTF_8)));
        }
    }

    private static X509Certificate parse(byte[] certificate) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate));
    }

    private static PrivateKey privateKey(String pem) throws Exception {
        byte[] pkcs8 = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static void require(boolean condition, String message, Object... values) {
        if (!condition) throw new IllegalStateException(message.formatted(values));
    }

    private static void print(String what, String format, Object... values) {
        System.out.printf("%-8s %s%n", what, format.formatted(values));
    }

    /** All the causes on one line: Jersey wraps what matters twice. */
    private static String reason(Throwable e) {
        StringBuilder line = new StringBuilder();
        for (; e != null; e = e.getCause()) {
            if (e.getMessage() != null && line.indexOf(e.getMessage()) >= 0) continue;
            boolean ours = e instanceof IllegalStateException;
            line.append(line.isEmpty() ? "" : "; because: ").append(ours ? e.getMessage() : e.toString());
        }
        return line.toString().replaceAll("\\s+", " ");
    }
}
