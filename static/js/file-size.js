// A file that is too large is refused before it is sent; the server refuses it all the same.
const input = document.querySelector("input[data-most-bytes]");
input?.addEventListener("change", () => {
  const isTooLarge = (input.files[0]?.size ?? 0) > Number(input.dataset.mostBytes);
  input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
  input.reportValidity();
});
