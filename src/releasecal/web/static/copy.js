// Copies an address for whoever clicks; without this, it can be selected and copied by hand.
"use strict";

const canCopy = Boolean(navigator.clipboard) || document.queryCommandSupported("copy");

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // Not there on plain http, or refused: the old way, which needs the text selected.
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const status = field.closest("section").querySelector("[role=status]");
  button.hidden = !canCopy;
  button.addEventListener("click", async () => {
    const isCopied = await copy(field);
    status.textContent = isCopied ? button.dataset.copied : button.dataset.selected;
  });
}
