//! The catalogue in English.

use std::borrow::Cow;

use super::{Forklaring, Kode};
use crate::model::Feilkode::{self, *};

mod definert;

pub fn forklar(kode: Kode) -> Forklaring {
    let (betyr, gjor) = match kode {
        Kode::Generell(kode) => generell(kode),
        Kode::Konvolutt(fault) => definert::konvolutt(fault),
        Kode::Sertifikat(fault) => definert::sertifikat(fault),
        Kode::Skjema(fault) => definert::skjema(fault),
    };
    Forklaring { betyr: Cow::Borrowed(betyr), gjor: Cow::Borrowed(gjor) }
}

pub fn gruppe(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "TILGANG" => "Access: who you are, and what you may do",
        "ROLLE" => "Roles of persons",
        "FORESPORSEL" => "The request itself",
        "IDEMPOTENS" => "Sending again",
        "BEKYMRINGSMELDING" => "Reports",
        "SKJEMA" => "Reports as JSON",
        "KONVOLUTT" => "Encrypted envelopes",
        "MANUELT_MOTTAK" => "Reception by hand",
        "BREV" => "Letters",
        "KONFIGURASJON" => "Setting up an office",
        "SERTIFIKAT" => "Certificates that are uploaded",
        "NOKKELBEVIS" => "Proof of the private key",
        "LEDSAGERBEVIS" => "Companion cards",
        "BILDE" => "Photos on companion cards",
        "PERSONSOK" => "Looking up persons",
        "INNBYGGER" => "The citizen's own companion cards",
        "SERVER" => "On our side",
        _ => return None,
    })
}

/// What it means, and what to do.
fn generell(kode: Feilkode) -> (&'static str, &'static str) {
    match kode {
        TokenMangler => (
            "The call has no Maskinporten token.",
            "Get a token with the scope ks:fiks, and send it in the header Authorization as “Bearer <token>”.",
        ),
        TokenUgyldig => (
            "The token cannot be verified, or comes from another Maskinporten environment than the one we trust.",
            "Get a new token from the right environment. Check that its issuer (iss) is the one you were told.",
        ),
        TokenUtlopt => (
            "The token was good, but its time is over. A token lasts two minutes or less.",
            "Get a new token and repeat the call. Better get the next one a little before the old one ends.",
        ),
        ScopeMangler => (
            "The token is good, but not for us.",
            "Ask for the scope ks:fiks when you get the token. If the client does not have it, your organisation must be granted it.",
        ),
        IntegrasjonMangler => (
            "One or both of the headers IntegrasjonId and IntegrasjonPassord are missing.",
            "Send both in every call, together with the token.",
        ),
        IntegrasjonUgyldig => (
            "We do not know the integration, or the password is another one.",
            "Check id and password. If the password is lost, those who run the service must make a new one.",
        ),
        IntegrasjonDeaktivert => (
            "The integration exists, but is switched off.",
            "Ask whoever manages the integration to switch it on again.",
        ),
        FeilOrganisasjon => (
            "The organisation in the token (consumer) is not the one that owns the integration.",
            "Use a token and an integration that belong together. A supplier needs a token delegated by the customer.",
        ),
        PrivilegiumMangler => (
            "The integration is known, but does not have the privilege that this call needs, for this organisation.",
            "Ask whoever manages the integration to grant it.",
        ),
        PersontokenMangler => (
            "The call is made for a person, but has no token from ID-porten.",
            "Send the person's token in the header Authorization as “Bearer <token>”.",
        ),
        PersontokenUgyldig => {
            ("The token from ID-porten cannot be verified, or its time is over.", "Let the person log in again.")
        }
        SvarinnMangler => (
            "The call has no user name and password.",
            "Send them as HTTP Basic: the integration's id and the password of the office's SvarInn account.",
        ),
        SvarinnUgyldig => (
            "The user name is no SvarInn account, or the password is another one.",
            "Check the integration's id and the password. The municipality can make a new password.",
        ),
        NivaForLavt => (
            "The person has logged in at a lower security level than is asked for.",
            "Let the person log in at level substantial or high.",
        ),
        RolleMangler => (
            "The person is known, but does not have the role that this needs, in this organisation.",
            "Ask an administrator of the organisation for the role.",
        ),
        EgenRolle => ("Nobody can give themselves a role.", "Ask another administrator of the organisation to do it."),
        SisteHovedadministrator => (
            "The role belongs to the organisation's only main administrator, and cannot be taken away.",
            "Give the role to somebody else first.",
        ),
        RolleIkkeFunnet => {
            ("The organisation has no role with this id.", "Fetch the list of roles, and use an id from there.")
        }
        UgyldigFnr => {
            ("The field “fnr” is not a valid fødselsnummer or D-number.", "Check the eleven digits and send again.")
        }
        PersonerIkkeTilgjengelig => (
            "This installation is not set up for persons who log in with ID-porten.",
            "Use an integration, or ask those who run the service to set up ID-porten.",
        ),
        NokkelkildeNede => (
            "We cannot fetch the keys that the token is verified with.",
            "Repeat the call in a while. There is probably nothing wrong with the token.",
        ),
        UkjentAdresse => (
            "No operation has this address.",
            "Compare the address with the API documentation, the version (v1 or v2) and upper and lower case as well.",
        ),
        VersjonAvviklet => (
            "This version of the service has been retired and no longer answers.",
            "Change to the version that the answer names. What is new in it is told in the service's change log.",
        ),
        Metode => (
            "The address exists, but does not take this HTTP method.",
            "The header Allow of the answer shows which methods it takes.",
        ),
        Parameter => (
            "A parameter in the path, the query or a header has the wrong form.",
            "The message says which one. Check it against the API documentation.",
        ),
        Innholdstype => (
            "The header Content-Type is missing, or has a type that the operation does not take.",
            "The API documentation says which type the operation takes, such as application/json.",
        ),
        Kropp => (
            "The body of the request cannot be read.",
            "Check that it is built as the API documentation shows, and that all of it was sent.",
        ),
        DelMangler => (
            "One of the two parts of a multipart report is missing, or there twice.",
            "Send exactly one part “bekymringsmelding” and one part “asice”.",
        ),
        ForStor => (
            "The report is larger than we take: both parts together may be 5 MB (5,242,880 bytes).",
            "Make the attachments smaller, for instance by compressing the images in the PDF.",
        ),
        ForMange => (
            "The integration makes more calls in a short time than it may, or too many come from the same address.",
            "Wait as many seconds as the header Retry-After says, and repeat the call.",
        ),
        AdresseForLang => (
            "The address is longer than we read. No operation needs that much.",
            "Check the query. What is no parameter in the API's document does not belong there.",
        ),
        HoderForStore => (
            "The headers are larger than we read. No operation needs that much.",
            "See which headers the program or a proxy adds, and leave out those that are not needed.",
        ),
        Rekkevidde => (
            "The header Range asks for a part of the content that does not exist.",
            "The header Content-Range shows how long the content is. Ask for a part within it, or for all of it.",
        ),
        IdempotensNokkel => (
            "The header Idempotency-Key has the wrong form.",
            "Use 1 to 255 visible ASCII characters, such as a new UUID for each report.",
        ),
        IdempotensAnnetInnhold => (
            "This Idempotency-Key has been used for another report.",
            "Use a new key for each report, and the same key only when you send exactly the same bytes again.",
        ),
        IdempotensUnderveis => (
            "A call with the same Idempotency-Key is being handled at this moment.",
            "Wait as many seconds as the header Retry-After says, and send the same again. Then you get the answer.",
        ),
        KommuneUkjent => (
            "The municipality does not exist here, or does not use the service yet.",
            "Check the number against the list of municipalities.",
        ),
        BydelUkjent => (
            "The municipality has no active office (bydel) with this number.",
            "Fetch the list of offices, and use the standard receiver when in doubt.",
        ),
        NokkelMangler => (
            "The receiver has no valid certificate at the moment, so the report cannot be encrypted.",
            "Try again later. If it is urgent, telephone the child-protection office.",
        ),
        VersjonIkkeStottet => (
            "The office does not take this version of the form, and an encrypted report cannot be converted.",
            "Make the report again in the version that errorJson names, and send it.",
        ),
        FeilAdresse => (
            "The municipality or office number in the report differs from the one in the address.",
            "Check whom the report is for. They must be the same in both places.",
        ),
        Sendingstidspunkt => (
            "The field sendingstidspunkt has a time zone, or is not about now.",
            "Write Norwegian local time without a zone, such as 2026-01-01T12:00:00, and set it when you send.",
        ),
        FeilPerson => (
            "The reporter's fødselsnummer is not the one of the log-in.",
            "Send the report for the person who is logged in.",
        ),
        JsonIkkeTilgjengelig => (
            "This installation has no certificate of its own, and so takes encrypted reports only.",
            "Encrypt the report, and send it as multipart.",
        ),
        MeldingIkkeFunnet => (
            "The report does not exist, or belongs to another organisation.",
            "Check the ids in the address: the organisation's and the report's.",
        ),
        OrganisasjonIkkeFunnet => (
            "The organisation does not exist, or the integration has no privileges there.",
            "Check the Fiks organisation id in the address.",
        ),
        FeilTilstand => (
            "The report is in a state in which this cannot be done.",
            "Fetch its status to see what has happened to it.",
        ),
        FeilKanal => (
            "The report has been handed over in another channel than the one you ask in.",
            "Fetch and receipt it in the channel that the answer shows.",
        ),
        KontoUkjent => (
            "The account does not exist, or you have no rights there.",
            "Check the account id in the address. The office's settings show it.",
        ),
        IngenMelding => ("No report waits in the account.", "Look again later."),
        IkkeHentet => (
            "You have not fetched the content of the report you want to confirm. Confirming erases it here.",
            "Fetch the content, keep it safe, and confirm then.",
        ),
        IkkeSett => (
            "You have not looked at the report that is first in the queue.",
            "Fetch what is known about it before you refuse it, or name it by meldingId.",
        ),
        UkjentMeldingstype => (
            "The reply has a message type that does not exist.",
            "Use no.ks.fiks.bekymringsmelding.mottatt.v1 or no.ks.fiks.bekymringsmelding.feilet.v1.",
        ),
        TilstandIkkeMulig => (
            "The report cannot be put into this state from the one it is in.",
            "Choose one of the states that the answer shows.",
        ),
        AltLevert => (
            "The report is delivered and its content erased. It cannot be sent again.",
            "Ask the municipality whether they have it. If not, the sender must send a new report.",
        ),
        FeilKonto => (
            "The account does not belong to the office that the report is for.",
            "Check fiksIoKonto, or leave the field empty.",
        ),
        Slettet => (
            "The content is erased because the report has been receipted.",
            "Use the copy from when you receipted it. The answer shows when that was.",
        ),
        FeilmeldingPersondata => (
            "The failure message seems to hold a fødselsnummer.",
            "Describe the technical failure without personal data, and send it again.",
        ),
        BrevIkkeFunnet => {
            ("The letter does not exist.", "Check the id against the list of waiting letters or the manifest.")
        }
        BrevFeilStatus => (
            "The letter is already posted or refused, so this cannot be done.",
            "The answer shows its status. If that is wrong, a person must look at it.",
        ),
        BrevSlettet => {
            ("The content is erased because the letter is posted.", "Nothing: the letter has left the queue.")
        }
        KonfigurasjonUgyldig => (
            "Something in the content cannot be used, and nothing has been changed.",
            "The answer shows what to correct. Correct all of it, and send again.",
        ),
        KonfigurasjonKommune => (
            "The organisation is not registered as the receiver for one certain municipality.",
            "Ask those who run the service to register the municipality.",
        ),
        KonfigurasjonBydel => (
            "The office does not exist, or belongs to an organisation that you do not manage.",
            "Fetch the list of offices and check the id.",
        ),
        KonfigurasjonIntegrasjon => (
            "The office has no such integration that the organisation owns itself.",
            "Fetch the office, and check the id and the type of integration.",
        ),
        BydelsnummerOpptatt => (
            "The municipality has an office with this number already.",
            "Choose another number, or change the other office first.",
        ),
        BydelUferdig => (
            "The office lacks something that it must have to be active.",
            "The answer shows what is missing. Add it and try again.",
        ),
        BydelInaktiv => ("The office is not active, and so cannot be the standard receiver.", "Activate it first."),
        MaHaStandardmottaker => (
            "The office is the standard receiver while others are active, and cannot be switched off.",
            "Choose another standard receiver first.",
        ),
        NokkelbevisUkjent => (
            "No certificate with this id waits for a proof.",
            "Fetch the office to see whether the key is in use. If not, upload the certificate again.",
        ),
        NokkelbevisFeil => (
            "The reply is not what the challenge holds.",
            "Open the challenge with the certificate's private key, and send the content as base64.",
        ),
        LedsagerbevisIkkeSattOpp => (
            "The installation has no key to protect personal data with, and so keeps no companion cards.",
            "Ask whoever runs the gateway to set ledsagerbevis.data_key_files.",
        ),
        GruppeIkkeFunnet => {
            ("The organisation has no group with this id.", "Fetch the list of groups, and check the id.")
        }
        GruppenavnOpptatt => ("Another of the organisation's groups has the same name.", "Choose another name."),
        SisteGruppeadministrator => (
            "The group would be left without an administrator, which a group administrator cannot bring about.",
            "Add another administrator first. A chief administrator can remove the last one.",
        ),
        LedsagerbevisForMange => (
            "The organisation has as many groups, or the group as many members, as there can be.",
            "The answer says how many. Remove some that should no longer be there.",
        ),
        SvarutkontoIkkeFunnet => (
            "The organisation has no active account at SvarUt with this id.",
            "Fetch the list of accounts. One that is missing is registered by whoever runs the gateway.",
        ),
        BevisIkkeFunnet => (
            "The organisation has no companion card with this id. It may be another organisation's.",
            "Fetch the list of companion cards and check the id.",
        ),
        BevisUgyldig => (
            "Something in the content cannot be used, and nothing was stored.",
            "The list avvik in the answer shows each place to correct, with a pointer and what is wrong.",
        ),
        PdfIkkeTilgjengelig => (
            "The installation was built without what makes PDFs, so cards and letters cannot be printed.",
            "Ask those who run it to build the program with PDF. Everything else works as usual.",
        ),
        BevisRevokert => ("The companion card is revoked and cannot be changed.", "Issue a new companion card."),
        BevisUtlopt => (
            "The last day on which the companion card is valid is past.",
            "Ask the municipality to extend the companion card.",
        ),
        DelingIkkeTillatt => (
            "The companion card is shared with whoever calls. Only its owner and guardians see and decide whom it is shared with.",
            "Ask the owner or a guardian to do it.",
        ),
        DelingIkkeFunnet => (
            "The companion card was never shared by this id.",
            "Fetch the list of whom the companion card is shared with, and use the id from there.",
        ),
        DeltForOfte => (
            "The companion card was shared 20 times in the last day. Each time somebody gets a text message.",
            "Wait as long as the header Retry-After says, and try again.",
        ),
        KortForOfte => (
            "By this number the companion card was fetched to 20 telephones, and their copies still last.",
            "Fetch it again from one of the telephones, or wait as long as the header Retry-After says.",
        ),
        KortIkkeSattOpp => (
            "The installation has no key to sign cards with, and so issues no cards to telephones.",
            "Ask those who run the service to set ledsagerbevis.issuer_key_files.",
        ),
        InnehaverbevisUgyldig => (
            "The proof that the telephone has the key is not a JWT as OpenID4VCI describes, or it is too old or meant for another issuer.",
            "The field grunn in the answer says what is wrong. Make a new proof with a new challenge.",
        ),
        EngangsverdiUgyldig => (
            "The challenge is not one that the citizen was given, or it was used, or is older than five minutes.",
            "Fetch a new challenge, and make a new proof of the key with it in nonce.",
        ),
        ForvalterIkkeFunnet => (
            "The companion card never had a guardian with this fødselsnummer.",
            "Fetch the companion card and check who its guardians are.",
        ),
        BildeIkkeFunnet => (
            "The organisation has no photo of this person. A photo that no companion card shows is removed after a day.",
            "Upload a photo.",
        ),
        BildeForStort => (
            "The photo has too many bytes or pixels. It may have 10 MB and 50 million pixels.",
            "Make a smaller one and try again. We keep no more than 1000 pixels of it anyway.",
        ),
        BildeFormat => (
            "The file is not a picture in a format that we open: JPEG, PNG or WebP.",
            "Save the picture as JPEG. HEIC from an iPhone is not taken; choose “Most Compatible” in the camera's settings.",
        ),
        BildeUgyldig => (
            "The picture cannot be opened, or is so small that nobody can be recognised on it.",
            "Take a new picture, or save it anew. It must be at least 100 pixels wide and high.",
        ),
        BildeMangler => (
            "The request is not an upload with one part “bilde”.",
            "Send the picture as multipart/form-data in the part “bilde”, and preferably the person's fødselsnummer in the part “fnr”.",
        ),
        PersonregisterNede => {
            ("The person register does not answer right now.", "Write the details by hand, or try again in a while.")
        }
        UgyldigTelefonnummer => (
            "The telephone number does not have a form that a text message can be sent to.",
            "Write eight digits for a Norwegian number, otherwise the country code with + in front.",
        ),
        EngangspassordForMange => (
            "Too many codes were asked for, to this number or from this address. It does not tell whether the number is registered.",
            "Wait as long as the header Retry-After says. The last code that was sent can still be used as long as it lasts.",
        ),
        EngangspassordFeil => (
            "The code is wrong, used, expired or was guessed at too often. A code lasts five minutes and stands five tries.",
            "Check the six digits. If it is too late, ask for a new code.",
        ),
        InnbyggertokenMangler => (
            "The call lacks the token that the citizen got by logging in.",
            "Ask for a one-time code, exchange it for a token, and send that in the header Authorization as “Bearer <token>”.",
        ),
        InnbyggertokenUgyldig => (
            "The token is unknown or has expired. It lasts twelve hours.",
            "Ask for a new one-time code and log in again.",
        ),
        Intern => (
            "Something went wrong on our side.",
            "Repeat the call. If it goes on, give errorId to those who run the service: it tells them what happened.",
        ),
        Utilgjengelig => (
            "The service cannot store or fetch at the moment.",
            "Repeat the call in a while. The same report can safely be sent again.",
        ),
        LagringFull => (
            "There is no room to store the report, and it has not been accepted.",
            "Send it again later. If it is urgent, telephone the child-protection office.",
        ),
    }
}
