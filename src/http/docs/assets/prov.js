'use strict';
// The part of the front page that only a sandbox has: each step makes one real call to this host and shows it.
(() => {
  const part = document.getElementById('prov-del');
  if (!part) return;
  const words = part.dataset;
  let uuid = null;

  const credentials = (who) => part.querySelector(`tr[data-part="${who}"]`).dataset;

  async function token(who) {
    const answer = await fetch(words.token + '/' + who, { method: 'POST' });
    return answer.json();
  }

  // The form wants Norwegian local time without a zone, and about now.
  function report(text) {
    const now = new Date().toLocaleString('sv-SE', { timeZone: 'Europe/Oslo' }).replace(' ', 'T');
    return text.replace(/("sendingstidspunkt"\s*:\s*")[^"]*"/, `$1${now}"`);
  }

  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };

  const claims = (jwt) => JSON.parse(new TextDecoder().decode(
    Uint8Array.from(atob(jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))));

  async function call(step) {
    const { som, metode, sti } = step.dataset;
    const path = uuid ? sti.replace('{uuid}', uuid) : sti;
    const given = await token(som);
    if (metode === 'TOKEN') {
      return {
        ok: true, summary: '200 OK',
        shown: `$ meldeport token --config kit/send.toml\n${given.access_token}\n\n${JSON.stringify(claims(given.access_token), null, 2)}`,
      };
    }
    const { id, passord } = credentials(som);
    const headers = { Authorization: `Bearer ${given.access_token}`, IntegrasjonId: id, IntegrasjonPassord: passord };
    const lines = ['curl', metode === 'POST' ? ' -X POST' : '', ' -H "Authorization: Bearer $TOKEN"',
      ` \\\n  -H "IntegrasjonId: ${id}" -H "IntegrasjonPassord: $PASSORD"`];
    let body;
    const textarea = step.querySelector('textarea');
    if (textarea) {
      body = textarea.value = report(textarea.value);
      headers['Content-Type'] = 'application/json';
      headers['Idempotency-Key'] = crypto.randomUUID();
      lines.push(` \\\n  -H "Content-Type: application/json" -H "Idempotency-Key: ${headers['Idempotency-Key']}"`,
        ' \\\n  --data-binary @melding.json');
    }
    lines.push(` \\\n  ${location.origin}${path}`);
    const answer = await fetch(path, { method: metode, headers, body });
    const text = await answer.text();
    let parsed = {};
    try { parsed = JSON.parse(text); } catch { /* shown as it is */ }
    if (answer.ok && parsed.uuid) uuid = parsed.uuid;
    return {
      ok: answer.ok, code: parsed.errorCode, summary: `${answer.status} ${answer.statusText}`.trim(),
      shown: `$ ${lines.join('')}\n\nHTTP ${answer.status}\n${pretty(text)}`,
    };
  }

  for (const step of part.querySelectorAll('[data-kall]')) {
    const button = step.querySelector('button');
    const outcome = step.querySelector('.utfall');
    const shown = step.querySelector('pre');
    button.hidden = false;
    button.addEventListener('click', async () => {
      if (button.getAttribute('aria-disabled') === 'true') return;
      if (step.dataset.sti.includes('{uuid}') && !uuid) {
        outcome.className = 'utfall feilet';
        outcome.textContent = words.mangler;
        return;
      }
      button.setAttribute('aria-disabled', 'true');
      outcome.className = 'utfall';
      outcome.textContent = words.venter;
      try {
        const result = await call(step);
        outcome.className = result.ok ? 'utfall gikk' : 'utfall feilet';
        outcome.textContent = result.summary;
        if (result.code) {
          const link = document.createElement('a');
          link.href = `/feilkoder?lang=${document.documentElement.lang}#${result.code}`;
          link.textContent = `${result.code}: ${words.feilkode}`;
          outcome.append(' – ', link);
        }
        shown.firstElementChild.textContent = result.shown;
        shown.hidden = false;
      } catch {
        outcome.className = 'utfall feilet';
        outcome.textContent = words.nede;
      }
      button.removeAttribute('aria-disabled');
    });
  }
})();
