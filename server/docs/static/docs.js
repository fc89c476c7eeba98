// The search of the documentation, as it is typed. The index is fetched once, when the field gets the focus; without this script
// the form asks the server.
'use strict';

const form = document.querySelector('form[data-index]');
const field = form.querySelector('input');
const list = document.createElement('ul');
list.className = 'docs-found';
list.hidden = true;
const said = document.createElement('span');
said.className = 'unseen';
said.setAttribute('role', 'status');
form.append(list, said);

let index = null;
async function load() {
  index ??= fetch(form.dataset.index).then((answer) => answer.json()).then((entries) => entries.map((e) => ({
    ...e, low: [e.p, e.h ?? '', e.t].map((text) => text.toLowerCase()),
  })));
  return index;
}

// begins tells whether a word of the text begins with the given one. The server's search does the same.
function begins(text, word) {
  for (let i = text.indexOf(word); i >= 0; i = text.indexOf(word, i + 1)) {
    if (i === 0 || !/[\p{L}\p{N}]/u.test(text[i - 1])) return true;
  }
  return false;
}

const counts = [8, 4, 1];
function find(entries, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const e of entries) {
    let score = 0;
    for (const word of words) {
      const n = e.low.reduce((sum, text, i) => sum + (begins(text, word) ? counts[i] : 0), 0);
      if (!n) { score = 0; break; }
      score += n;
    }
    if (score) found.push({ e, score });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, 8).map((f) => f.e);
}

async function show() {
  const query = field.value;
  let entries;
  try {
    entries = await load();
  } catch {
    index = null; // the form still works
    return;
  }
  if (query !== field.value) return;
  const found = find(entries, query);
  list.replaceChildren(...found.map((e) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = e.a;
    link.textContent = e.h ? `${e.p} › ${e.h}` : e.p;
    item.append(link);
    return item;
  }));
  list.hidden = !found.length;
  said.textContent = query.trim() ? `${found.length} ${found.length === 1 ? 'page' : 'pages'} found` : '';
}

field.addEventListener('focus', () => load().catch(() => { index = null; }));
field.addEventListener('input', show);

// Arrows go through what was found, Escape closes it, and so does leaving it.
form.addEventListener('keydown', (event) => {
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  if (event.key === 'Escape' && !list.hidden) {
    list.hidden = true;
    field.focus();
    event.preventDefault();
  } else if (event.key === 'ArrowDown' && !list.hidden && at + 1 < links.length) {
    links[at + 1].focus();
    event.preventDefault();
  } else if (event.key === 'ArrowUp' && at >= 0) {
    (links[at - 1] ?? field).focus();
    event.preventDefault();
  }
});
form.addEventListener('focusout', (event) => { if (!form.contains(event.relatedTarget)) list.hidden = true; });
list.addEventListener('click', () => { list.hidden = true; });
