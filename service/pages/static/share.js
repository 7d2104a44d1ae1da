// Copying an address, and the whole address in what is pasted into other pages.
export function share(part) {
  for (const button of part.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy link"; }, 2000);
    });
  }
  for (const text of part.querySelectorAll("textarea")) {
    const root = new URL(document.body.dataset.root, location.href).href;
    text.value = text.value.replace(/src="\/?(?!https?:)/, `src="${root}`);
    text.addEventListener("focus", () => text.select());
  }
}
