import com.nimbusds.jose.JWEObject
import com.nimbusds.jose.JWSAlgorithm
import com.nimbusds.jose.JWSHeader
import com.nimbusds.jose.crypto.RSADecrypter
import com.nimbusds.jose.crypto.RSASSASigner
import com.nimbusds.jose.jwk.RSAKey
import com.nimbusds.jose.util.Base64
import com.nimbusds.jose.util.JSONObjectUtils
import com.nimbusds.jwt.JWTClaimsSet
import com.nimbusds.jwt.SignedJWT
import meldeport.client.apis.FagsystemApi
import meldeport.client.apis.KommuneApi
import meldeport.client.apis.KryptertApi
import meldeport.client.apis.OppslagApi
import meldeport.client.infrastructure.ClientError
import meldeport.client.infrastructure.ClientException
import meldeport.client.infrastructure.Serializer
import meldeport.client.models.BekymringsmeldingOffentligV2
import meldeport.client.models.Format
import meldeport.client.models.VentendeMelding
import okhttp3.FormBody
import okhttp3.OkHttpClient
import okhttp3.Request
import org.bouncycastle.cms.CMSEnvelopedData
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient
import org.bouncycastle.jce.provider.BouncyCastleProvider
import java.io.File
import java.security.KeyStore
import java.security.PrivateKey
import java.time.Instant
import java.time.LocalDateTime
import java.time.ZoneId
import java.time.temporal.ChronoUnit
import java.util.Date
import java.util.UUID
import java.util.concurrent.TimeUnit
import java.util.zip.ZipInputStream
import kotlin.system.exitProcess

typealias Json = Map<String, Any?>

fun Json.text(name: String) = this[name] as? String ?: error("there is no text $name")

@Suppress("UNCHECKED_CAST")
fun Json.part(name: String) = this[name] as? Json ?: error("there is no object $name")

fun say(what: String, text: String) = println("${what.padEnd(8)} $text")

/** A school sends two reports, a municipality fetches, opens and receipts them, and the school sees that they are delivered. */
fun main(arguments: Array<String>) {
    val code = try {
        roundTrip(File(arguments[0]), File(arguments[1])) // the kit's folder, and the one with the sealed report
        0
    } catch (e: ClientException) {
        System.err.println("FAILED: the gateway answered ${e.statusCode} ${(e.response as? ClientError<*>)?.body}")
        1
    } catch (e: Exception) {
        System.err.println("FAILED: $e")
        1
    }
    exitProcess(code) // inside Maven's JVM: the code must reach the shell
}

fun roundTrip(dir: File, sealed: File) {
    val kit: Json = JSONObjectUtils.parse(dir.resolve("kit.json").readText())
    val base = kit.text("baseUrl") + "/bekymringsmelding/api/v2"
    val school = kit.part("fagsystem")
    val municipality = kit.part("kommune")
    val schoolOrg = UUID.fromString(school.text("fiksOrgId"))
    val municipalityOrg = UUID.fromString(municipality.text("fiksOrgId"))
    val kommune = municipality.text("kommunenummer")

    val asSchool = connect(dir, kit, school, kit.text("clientId"), kit.part("virksomhetssertifikat"))
    val asMunicipality =
        connect(dir, kit, municipality, municipality.text("clientId"), municipality.part("virksomhetssertifikat"))
    say("token", "one for the school, one for the municipality")

    val bydeler = OppslagApi(base, asSchool).getBydeler(kommune)
    say("bydeler", bydeler.joinToString { "${it.bydelsnummer} ${it.bydelsnavn}" })
    val east = bydeler.single { it.bydelsnummer == "02" }

    // As JSON: the gateway checks it against the form, makes the PDF, signs and seals.
    val fagsystem = FagsystemApi(base, asSchool)
    val sample = dir.resolve("rapport/bekymringsmelding.json")
    val report = Serializer.moshi.adapter(BekymringsmeldingOffentligV2::class.java).fromJson(sample.readText())!!.copy(
        bydelsnummer = east.bydelsnummer,
        bydelsnavn = east.bydelsnavn,
        sendingstidspunkt = LocalDateTime.now(ZoneId.of("Europe/Oslo")).truncatedTo(ChronoUnit.SECONDS).toString(),
    )
    val plain = fagsystem
        .opprettOffentligBekymringsmelding(schoolOrg, kommune, "02", report, UUID.randomUUID().toString()).uuid
    say("sent", "$plain to office 02, as JSON")

    // As multipart: sealed by the sender, so the gateway cannot read it.
    val secret = KryptertApi(base, asSchool).opprettOffentligBekymringsmelding(
        schoolOrg, kommune, "01",
        asice = sealed.resolve("asice.zip"),
        bekymringsmelding = sealed.resolve("bekymringsmelding.pdf"),
        idempotencyKey = UUID.randomUUID().toString(),
    ).uuid
    say("sent", "$secret to office 01, as multipart, sealed by the sender")

    val queue = KommuneApi(base, asMunicipality)
    check(await(queue, municipalityOrg, kommune, "02", plain).format == Format.JWE) { "office 02 takes JWE" }
    val opened = openJwe(download(queue, municipalityOrg, plain), key(dir.resolve("kommune-02.key.pem")))
    check(opened.text("leveringskanal") == report.leveringskanal) { "another report came out of the JWE" }
    say("receipt", "$plain is now ${queue.postMottatt(municipalityOrg, plain).tilstand}")

    check(await(queue, municipalityOrg, kommune, "01", secret).format == Format.ASICE) { "office 01 takes ASiC-E" }
    val files = openCms(download(queue, municipalityOrg, secret), key(dir.resolve("kommune.key.pem")))
    check(files["bekymringsmelding.json"].contentEquals(sample.readBytes())) { "the JSON is not the one that was sent" }
    say("receipt", "$secret is now ${queue.postMottatt(municipalityOrg, secret).tilstand}")

    for (id in listOf(plain, secret)) {
        // As text, whether the document calls it that or lists the values.
        val status = fagsystem.getStatusBekymringsmelding(schoolOrg, id).map { "${it.tilstand}" }
        say("status", "$id ${status.joinToString(" ")}")
        check(status.last() == "LEVERT") { "$id is not LEVERT" }
    }
}

/** A client that has one party's three credentials on every call. */
fun connect(dir: File, kit: Json, party: Json, clientId: String, certificate: Json): OkHttpClient {
    val token = token(dir, kit, clientId, certificate)
    return OkHttpClient.Builder().readTimeout(60, TimeUnit.SECONDS).addInterceptor { chain ->
        chain.proceed(
            chain.request().newBuilder().header("Authorization", "Bearer $token")
                .header("IntegrasjonId", party.text("integrasjonId"))
                .header("IntegrasjonPassord", party.text("integrasjonPassord")).build()
        )
    }.build()
}

/** A JWT grant (RFC 7523) signed with the virksomhetssertifikat, for a token of two minutes. */
fun token(dir: File, kit: Json, clientId: String, certificate: Json): String {
    val password = certificate.text("passord").toCharArray()
    val alias = certificate.text("alias")
    val store = KeyStore.getInstance(dir.resolve(certificate.text("fil")), password)
    val now = Instant.now()
    val grant = SignedJWT(
        JWSHeader.Builder(JWSAlgorithm.RS256)
            .x509CertChain(listOf(Base64.encode(store.getCertificate(alias).encoded))).build(),
        JWTClaimsSet.Builder().audience(kit.text("issuer")).issuer(clientId).claim("scope", kit.text("scope"))
            .jwtID(UUID.randomUUID().toString())
            .issueTime(Date.from(now)).expirationTime(Date.from(now.plusSeconds(100))).build(),
    )
    grant.sign(RSASSASigner(store.getKey(alias, password) as PrivateKey))
    val form = FormBody.Builder().add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
        .add("assertion", grant.serialize()).build()
    OkHttpClient().newCall(Request.Builder().url(kit.text("tokenEndpoint")).post(form).build()).execute().use { answer ->
        val body = answer.body.string()
        check(answer.isSuccessful) { "Maskinporten answered $body" }
        return JSONObjectUtils.parse(body).text("access_token")
    }
}

/** Looks through the queue, all pages of it, until the report is there: others may be waiting too. */
fun await(queue: KommuneApi, org: UUID, kommune: String, bydel: String, id: UUID): VentendeMelding {
    val end = Instant.now().plusSeconds(30)
    while (Instant.now() < end) {
        var cursor: UUID? = null
        do {
            val page = queue.getVentendeMeldinger(org, kommune, bydel, antall = 200, markor = cursor, vent = 10)
            page.meldinger.find { it.bekymringsmeldingId == id }?.let {
                say("waiting", "$id for office $bydel from ${it.avsender.navn}, as ${it.format}")
                return it
            }
            cursor = page.nesteMarkor
        } while (cursor != null)
        Thread.sleep(300)
    }
    error("$id does not wait for office $bydel")
}

fun download(queue: KommuneApi, org: UUID, id: UUID): ByteArray {
    val file = queue.getInnhold(org, id) // in the folder for temporary files
    try {
        return file.readBytes()
    } finally {
        file.delete()
    }
}

fun openJwe(content: ByteArray, key: PrivateKey): Json {
    val jwe = JWEObject.parse(content.decodeToString())
    jwe.decrypt(RSADecrypter(key))
    say("opened", "JWE with ${jwe.header.algorithm}: ${jwe.header.getCustomParam("skjema")}")
    return jwe.payload.toJSONObject()
}

/** The files in an encrypted ASiC-E. Whose signature is on it is another question: see java-ks-parts. */
fun openCms(content: ByteArray, key: PrivateKey): Map<String, ByteArray> {
    val recipient = JceKeyTransEnvelopedRecipient(key).setProvider(BouncyCastleProvider())
    val asice = CMSEnvelopedData(content).recipientInfos.first().getContent(recipient)
    val files = ZipInputStream(asice.inputStream()).use { zip ->
        generateSequence { zip.nextEntry }.associate { it.name to zip.readBytes() }
    }
    say("opened", "CMS and ASiC-E: ${files.keys.sorted()}")
    return files
}

fun key(pem: File): PrivateKey = RSAKey.parseFromPEMEncodedObjects(pem.readText()).toRSAKey().toPrivateKey()
