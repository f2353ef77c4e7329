package meldeport.example;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jwt.SignedJWT;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.client.ClientResponseContext;
import jakarta.ws.rs.client.ClientResponseFilter;
import jakarta.ws.rs.core.Response.Status.Family;
import no.ks.fiks.bekymringsmelding.produsent.klient.BekymringsmeldingApi;
import no.ks.fiks.bekymringsmelding.produsent.klient.BekymringsmeldingApiImpl;
import no.ks.fiks.bekymringsmelding.produsent.klient.BekymringsmeldingKlient;
import no.ks.fiks.bekymringsmelding.produsent.klient.model.Bydel;
import no.ks.fiks.bekymringsmelding.produsent.klient.model.Historikk;
import no.ks.fiks.io.asice.AsicHandler;
import no.ks.fiks.io.asice.AsicHandlerBuilder;
import no.ks.fiks.io.asice.model.KeystoreHolder;
import no.ks.fiks.maskinporten.AccessTokenRequest;
import no.ks.fiks.maskinporten.Maskinportenklient;
import no.ks.fiks.maskinporten.MaskinportenklientProperties;
import no.ks.kryptering.CMSKrypteringImpl;
import org.glassfish.jersey.media.multipart.MultiPartFeature;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Sends one public concern report with KS's own sender client and follows its history.
 * Everything between the token and the status goes through KS's classes, set up as in the README of KS's client; ours
 * are only the time-outs and the checks.
 */
public final class SendBekymringsmelding {
    private static final String USAGE = "usage: KITDIR [TILSTAND [SECONDS]]";
    private static final ObjectMapper JSON = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** kit.json as {@code meldeport demo --kit DIR} writes it; what the sender does not need is left out. */
    record Kit(String baseUrl, String tokenEndpoint, String issuer, String clientId, String scope, Fagsystem fagsystem,
               Kommune kommune, Sertifikat virksomhetssertifikat) {
        record Fagsystem(UUID fiksOrgId, String integrasjonId, String integrasjonPassord) {}
        record Kommune(String kommunenummer, String bydelsnummer) {}
        record Sertifikat(String fil, String passord, String alias) {}
    }

    public static void main(String[] args) {
        // When a connection breaks before the answer has come, the JDK silently sends the POST once more, and the report may
        // arrive twice. Better to fail and be seen.
        System.setProperty("sun.net.http.retryPost", "false");
        int code = 0;
        try {
            require(args.length >= 1 && args.length <= 3, USAGE);
            run(Path.of(args[0]), args.length > 1 ? args[1] : "SENDT_FAGSYSTEM", args.length > 2 ? Long.parseLong(args[2]) : 20);
        } catch (Throwable e) {
            System.err.println("FAILED: " + reason(e));
            code = 1;
        }
        System.exit(code); // inside Maven's JVM: the code must reach the shell, and idle library threads must not delay it
    }

    private static void run(Path dir, String until, long seconds) throws Exception {
        Kit kit = JSON.readValue(dir.resolve("kit.json").toFile(), Kit.class);
        byte[] json = Files.readAllBytes(dir.resolve("rapport/bekymringsmelding.json"));
        byte[] pdf = Files.readAllBytes(dir.resolve("rapport/bekymringsmelding.pdf"));

        // KS's handler signs in a background thread. If the key cannot be opened there, what there is of the ASiC-E is posted
        // all the same, cut short, and nobody is told: so open the key here first.
        Kit.Sertifikat sertifikat = kit.virksomhetssertifikat;
        char[] passord = sertifikat.passord.toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(dir.resolve(sertifikat.fil))) { store.load(in, passord); }
        PrivateKey key = (PrivateKey) store.getKey(sertifikat.alias, passord);
        X509Certificate certificate = (X509Certificate) store.getCertificate(sertifikat.alias);
        require(key != null && certificate != null, "no key and certificate named %s in %s",
                sertifikat.alias, sertifikat.fil);

        Maskinportenklient maskinporten = Maskinportenklient.builder()
                .withPrivateKey(key)
                .usingVirksomhetssertifikat(certificate)
                .withProperties(MaskinportenklientProperties.builder()
                        .tokenEndpoint(kit.tokenEndpoint)
                        .audience(kit.issuer)   // "aud" is the issuer's name, with its last slash, not the token endpoint
                        .issuer(kit.clientId)   // "iss" is the client
                        .numberOfSecondsLeftBeforeExpire(10)
                        .build())
                .build();
        // KS's sender asks for scope ks:fiks, whatever the kit says, and gets this same token out of the cache.
        String token = maskinporten.getAccessToken(AccessTokenRequest.builder().scope(kit.scope).build());
        var claims = SignedJWT.parse(token).getJWTClaimsSet();
        print("token", "scope %s, consumer %s, expires %s", claims.getClaim("scope"), claims.getClaim("consumer"),
                claims.getExpirationTime().toInstant());

        // The pool needs two threads at the least: one writes the ZIP, one encrypts it.
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (Client client = httpClient();
             AsicHandler asic = AsicHandlerBuilder.create()
                     .withExecutorService(pool)
                     .withKeyStoreHolder(KeystoreHolder.builder()
                             .withKeyStore(store)
                             .withKeyStorePassword(sertifikat.passord)
                             .withKeyAlias(sertifikat.alias)
                             .withKeyPassword(sertifikat.passord)
                             .build())
                     .build()) {
            BekymringsmeldingApi api = new BekymringsmeldingApiImpl(client, kit.baseUrl + "/bekymringsmelding", maskinporten,
                    kit.fagsystem.fiksOrgId, kit.fagsystem.integrasjonId, kit.fagsystem.integrasjonPassord);
            UUID id = send(kit, dir, api, new BekymringsmeldingKlient(api, asic, new CMSKrypteringImpl()), json, pdf);
            follow(api, id, until, seconds);
        } finally {
            pool.shutdownNow();
        }
    }

    private static UUID send(Kit kit, Path dir, BekymringsmeldingApi api, BekymringsmeldingKlient klient, byte[] json,
                             byte[] pdf) throws Exception {
        String kommune = kit.kommune.kommunenummer, bydel = kit.kommune.bydelsnummer;
        List<Bydel> bydeler = api.getBydeler(kommune);
        print("bydeler", "%s", bydeler);
        require(bydeler.stream().anyMatch(b -> bydel.equals(b.getBydelsnummer())),
                "kommune %s does not take concern reports at bydel %s", kommune, bydel);

        // krypterOgSendBekymringsmelding asks for the keys itself; this look is to see that they are the right ones.
        var nokler = api.getKrypteringsnokler(kommune, bydel);
        X509Certificate expected;
        try (InputStream in = Files.newInputStream(dir.resolve("kommune.cert.pem"))) {
            expected = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        X509Certificate actual = nokler.getFiksIOOffentligNokkel().getX509Certificate();
        require(expected.equals(actual), "the gateway hands out another key for the kommune than the kit's: %s",
                actual.getSubjectX500Principal());
        print("nokler", "fagsystem %s until %s, print %s until %s", actual.getSubjectX500Principal(),
                nokler.getFiksIOOffentligNokkel().getValidTo(),
                nokler.getPrintOffentligNokkel().getX509Certificate().getSubjectX500Principal(),
                nokler.getPrintOffentligNokkel().getValidTo());

        UUID id = klient.krypterOgSendBekymringsmelding(kommune, bydel, new ByteArrayInputStream(pdf),
                new ByteArrayInputStream(json));
        require(id != null, "the gateway answered without a uuid");
        print("uuid", "%s", id);
        return id;
    }

    /** Prints each new entry of the history until the report has got to {@code until}. */
    private static void follow(BekymringsmeldingApi api, UUID id, String until, long seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (int printed = 0; ; Thread.sleep(500)) {
            List<Historikk> historikk = api.status(id);
            require(historikk != null && !historikk.isEmpty() && historikk.get(0).getTilstand().equals("AKSEPTERT"),
                    "the history must begin with AKSEPTERT: %s", historikk);
            for (; printed < historikk.size(); printed++) {
                Historikk h = historikk.get(printed);
                require(id.equals(h.getBekymringsmeldingId()), "history of another report: %s", h);
                print("tilstand", "%s %s%s", h.getTidspunkt(), h.getTilstand(),
                        h.getBeskrivelse() == null ? "" : ": " + h.getBeskrivelse());
            }
            if (historikk.stream().anyMatch(h -> until.equals(h.getTilstand()))) return;
            require(System.nanoTime() < end, "not %s within %d seconds", until, seconds);
        }
    }

    /** The JAX-RS client that KS's sender is given. */
    private static Client httpClient() {
        return ClientBuilder.newBuilder()
                .register(MultiPartFeature.class)
                .register(new RefuseErrors())
                .connectTimeout(10, TimeUnit.SECONDS).readTimeout(60, TimeUnit.SECONDS) // the default is to wait for ever
                .build();
    }

    /** KS's sender never looks at the status: without this a refusal shows as a JSON error or, at worst, as success. */
    static final class RefuseErrors implements ClientResponseFilter {
        @Override
        public void filter(ClientRequestContext request, ClientResponseContext response) throws IOException {
            if (response.getStatusInfo().getFamily() == Family.SUCCESSFUL) return;
            byte[] body = response.hasEntity() ? response.getEntityStream().readNBytes(2000) : new byte[0];
            throw new IOException("%s %s was answered %d %s".formatted(request.getMethod(), request.getUri(),
                    response.getStatus(), new String(body, StandardCharsets.UTF_8)));
        }
    }

    private static void require(boolean condition, String message, Object... values) {
        if (!condition) throw new IllegalStateException(message.formatted(values));
    }

    private static void print(String what, String format, Object... values) {
        System.out.printf("%-9s %s%n", what, format.formatted(values));
    }

    /** All the causes on one line: Jersey wraps what matters twice. */
    private static String reason(Throwable e) {
        StringBuilder line = new StringBuilder();
        for (; e != null; e = e.getCause()) {
            if (e.getMessage() != null && line.indexOf(e.getMessage()) >= 0) continue;
            boolean ours = e instanceof IllegalStateException || e instanceof IllegalArgumentException;
            line.append(line.isEmpty() ? "" : "; because: ").append(ours ? e.getMessage() : e.toString());
        }
        return line.toString().replaceAll("\\s+", " ");
    }
}
