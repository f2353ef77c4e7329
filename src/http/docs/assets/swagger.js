'use strict';
// Shows one document. In a sandbox the page has a list of whom the reader can be; then calls carry a fresh token.
(() => {
  const place = document.getElementById('ui');
  const who = document.getElementById('som');
  const ui = SwaggerUIBundle({
    dom_id: '#ui',
    url: place.dataset.dokument,
    // A link to each operation would stand inside the button that opens it, where a screen reader cannot get at it.
    deepLinking: false,
    // Nothing is asked of another host.
    validatorUrl: null,
    docExpansion: 'list',
    onComplete: () => {
      name();
      new MutationObserver(name).observe(place, { childList: true, subtree: true });
      if (who) { authorize(); who.addEventListener('change', authorize); }
    },
    requestInterceptor: async (request) => {
      // A token lasts two minutes: each call of an operation gets one of its own.
      if (who && who.value && request.headers && request.headers.Authorization) {
        request.headers.Authorization = 'Bearer ' + await token();
      }
      return request;
    },
  });

  // What Swagger UI leaves without a name, or out of the keyboard's reach.
  function name() {
    const set = (selector, attribute, value) => {
      for (const element of place.querySelectorAll(`${selector}:not([${attribute}])`)) element.setAttribute(attribute, value);
    };
    set('#servers', 'aria-label', 'Server');
    set('.examples-select-element', 'aria-label', 'Eksempel');
    set('.copy-to-clipboard button', 'aria-label', 'Kopier');
    set('pre.microlight', 'tabindex', '0');
  }

  async function token() {
    const answer = await fetch(who.dataset.token + '/' + who.value, { method: 'POST' });
    return (await answer.json()).access_token;
  }

  async function authorize() {
    const chosen = who.selectedOptions[0];
    if (!chosen.value) {
      const given = ui.authSelectors.authorized()?.keySeq().toArray() ?? [];
      if (given.length) ui.authActions.logout(given);
      return;
    }
    for (const scheme of ['Maskinporten', 'MaskinportenAdministrasjon']) ui.preauthorizeApiKey(scheme, await token());
    ui.preauthorizeApiKey('IntegrasjonId', chosen.dataset.id);
    ui.preauthorizeApiKey('IntegrasjonPassord', chosen.dataset.passord);
  }
})();
