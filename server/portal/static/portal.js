// Comfort only: every page works without this script.
'use strict';

// A button beside each text that is there to be copied.
for (const text of document.querySelectorAll('[data-copy]')) {
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

// A second click does not send a form again. Coming back to the page makes it ready once more.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => delete form.dataset.sent);
}
