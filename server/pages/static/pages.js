// Comfort only: every page works without this script.
'use strict';

// enhance adds to a part of a page what needs a script.
function enhance(part) {
  // A button beside each text that is there to be copied.
  for (const text of part.querySelectorAll('[data-copy]')) {
    if (!navigator.clipboard) break; // only offered over https and on localhost
    const button = document.createElement('button');
    const said = document.createElement('span');
    const label = text.dataset.copy || 'Copy';
    button.type = 'button';
    button.textContent = label;
    said.className = 'unseen';
    said.setAttribute('role', 'status');
    button.addEventListener('click', async () => {
      let result = 'Copied';
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        getSelection().selectAllChildren(text);
        result = 'Selected: copy it with the keyboard';
      }
      button.textContent = result;
      said.textContent = result;
      setTimeout(() => {
        button.textContent = label;
        said.textContent = '';
      }, 4000);
    });
    text.after(button, said);
  }

  // A file that is too large is told of before it is sent. This comes before what counts clicks, which it stops.
  for (const input of part.querySelectorAll('input[type=file][data-max-bytes]')) {
    const most = Number(input.dataset.maxBytes);
    const said = document.createElement('p');
    said.className = 'error';
    said.setAttribute('role', 'alert');
    input.after(said);
    const fits = () => {
      const large = [...input.files].find((file) => file.size > most);
      said.textContent = large ? `“${large.name}” is larger than ${Math.floor(most / 1048576)} MB. Choose a smaller file.` : '';
      if (large) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
      return !large;
    };
    input.addEventListener('change', fits);
    input.form.addEventListener('submit', (event) => {
      if (fits()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      input.focus();
    });
  }

  // A second click does not send a form again. Coming back to the page makes it ready once more.
  for (const form of part.querySelectorAll('form[data-once]')) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = 'yes';
    });
    addEventListener('pageshow', () => delete form.dataset.sent);
  }
}
enhance(document);

// A dialog takes the focus when it opens, and gives it back when it closes.
for (const dialog of document.querySelectorAll('.dialog[popover]')) {
  let before = null;
  dialog.addEventListener('beforetoggle', (event) => {
    if (event.newState === 'open') before = document.activeElement;
  });
  dialog.addEventListener('toggle', (event) => {
    if (event.newState === 'open') (dialog.querySelector('input:not([type=hidden]), select, textarea') ?? dialog.querySelector('.buttons button'))?.focus();
    else before?.focus();
  });
}

// A form that asks for a passkey sends what the browser answers. Without a browser that knows passkeys it stays as it is, and says so.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON || !navigator.credentials) continue;
  const said = form.querySelector('[data-said]');
  const create = form.dataset.passkey === 'create';
  form.querySelector('[data-without]').hidden = true;
  form.querySelector('button[hidden]').hidden = false;
  form.addEventListener('submit', async (event) => {
    if (event.defaultPrevented) return; // a second click
    event.preventDefault();
    said.textContent = '';
    try {
      const options = JSON.parse(form.dataset.request);
      const credential = create
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      delete form.dataset.sent;
      said.textContent = {
        InvalidStateError: 'This device has a passkey of your account already.',
        SecurityError: 'Passkeys do not work at this address. Open the page at the address that it has in emails.',
        NotAllowedError: 'The browser has given no passkey: it was cancelled, took too long, or there is none. Try again, or choose another way.',
      }[error.name] ?? 'The passkey did not work. Try again, or choose another way.';
    }
  });
  if ('atOnce' in form.dataset) form.requestSubmit();
}

// Buttons that write the signs of Markdown around what is selected.
const signs = [
  ['Bold', '**', '**', 'important'],
  ['Heading', '\n## ', '\n', 'Heading'],
  ['List', '\n- ', '', 'first point'],
  ['Link', '[', '](https://)', 'words'],
];
for (const area of document.querySelectorAll('textarea[data-markdown]')) {
  const bar = document.createElement('div');
  bar.className = 'toolbar';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', 'Formatting');
  for (const [label, before, after, sample] of signs) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'little';
    button.textContent = label;
    button.addEventListener('click', () => {
      const start = area.selectionStart;
      const chosen = area.value.slice(start, area.selectionEnd) || sample;
      area.setRangeText(before + chosen + after, start, area.selectionEnd, 'end');
      area.focus();
      area.setSelectionRange(start + before.length, start + before.length + chosen.length);
    });
    bar.append(button);
  }
  area.before(bar);
}

// Leaving a long form with changes in it is asked about once.
for (const form of document.querySelectorAll('form[data-long]')) {
  let changed = false;
  form.addEventListener('input', () => { changed = true; });
  form.addEventListener('submit', () => { changed = false; });
  addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
}

// A part of a page that is marked as live is read anew every few seconds, while somebody looks at it and does nothing in
// it, and as long as the page says that there is something to come. Where the page names a stream of server-sent events, it is read
// when the stream says so, and every few seconds only while there is no stream. It ends after a quarter of an hour: a page that was
// forgotten must not keep its session.
const live = document.querySelector('[data-live]');
if (live) {
  const until = Date.now() + 15 * 60 * 1000;
  const stream = live.dataset.stream && window.EventSource ? new EventSource(live.dataset.stream) : null;
  let shown = live.innerHTML;
  let due = true;
  // One request at a time: of two answers the older one could come last, or be put where the page no longer is.
  let asking = false;
  let told = false; // since it was sent
  const look = () => {
    const here = document.getElementById(live.id);
    if (Date.now() > until || !here.dataset.live) {
      stream?.close();
      return clearInterval(timer);
    }
    if (asking || (stream?.readyState === 1 && !due)) return;
    if (document.hidden || here.contains(document.activeElement) || document.querySelector(':popover-open')) return;
    due = false;
    asking = true;
    told = false;
    const request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.setRequestHeader('X-Live', 'yes');
    request.responseType = 'document';
    request.onload = () => {
      const fresh = request.status === 200 && request.response?.getElementById(live.id);
      if (!fresh) due = true;
      if (!fresh || fresh.innerHTML === shown) return;
      if (here.contains(document.activeElement)) return void (due = true);
      shown = fresh.innerHTML;
      here.replaceWith(document.adoptNode(fresh));
      enhance(fresh);
    };
    request.onerror = () => { due = true; };
    // What the stream told meanwhile is asked for at once; what failed, at the timer's next turn.
    request.onloadend = () => {
      asking = false;
      if (told) look();
    };
    request.send();
  };
  const timer = setInterval(look, Number(live.dataset.live) * 1000);
  if (stream) {
    // When it opens, something may have arrived since the page was made.
    stream.onopen = stream.onmessage = () => { due = told = true; look(); };
    addEventListener('pagehide', () => stream.close());
    addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  }
}

// Cards of a board can be dragged to a column, which sends the form of the card.
for (const board of document.querySelectorAll('.board')) {
  let dragged = null;
  const accepts = (column) => [...(dragged?.querySelectorAll('select option') ?? [])].some((o) => o.value === column.dataset.value);
  const over = (column) => {
    for (const c of board.querySelectorAll('.board-column')) c.classList.toggle('open', c === column);
  };
  for (const card of board.querySelectorAll('.board-card')) {
    if (!card.querySelector('form')) continue;
    card.draggable = true;
    card.addEventListener('dragstart', (event) => {
      dragged = card;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', card.querySelector('a').textContent);
      card.classList.add('dragged');
    });
    card.addEventListener('dragend', () => {
      card.classList.remove('dragged');
      dragged = null;
      over(null);
    });
  }
  for (const column of board.querySelectorAll('.board-column')) {
    column.addEventListener('dragover', (event) => {
      if (!accepts(column)) return over(null);
      event.preventDefault();
      over(column);
    });
    column.addEventListener('drop', (event) => {
      if (!accepts(column)) return;
      event.preventDefault();
      dragged.querySelector('select').value = column.dataset.value;
      dragged.querySelector('form').requestSubmit();
    });
  }
}
