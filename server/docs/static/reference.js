// Puts the renderer of the contract in the place of the list of operations. Without a script, or when the renderer does not load,
// the list stays.
'use strict';

const place = document.getElementById('reference');

// The renderer takes its colours from data-theme alone: what was chosen for the site, or else what the system has. Its menus stand
// at the end of the body, so the body has it.
const dark = matchMedia('(prefers-color-scheme: dark)');
function follow() {
  document.body.dataset.theme = document.documentElement.dataset.theme || (dark.matches ? 'dark' : 'light');
}
follow();
dark.addEventListener('change', follow);

if (customElements.get('elements-api')) {
  const api = document.createElement('elements-api');
  api.setAttribute('apiDescriptionUrl', place.dataset.contract);
  api.setAttribute('router', 'hash');
  api.setAttribute('layout', 'responsive');
  api.setAttribute('hideExport', 'true');
  api.setAttribute('tryItCredentialsPolicy', 'omit');
  place.replaceChildren(api);
  place.classList.add('live');
}
