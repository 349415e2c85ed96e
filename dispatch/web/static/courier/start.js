// "Mulai": the phone makes its key, sends what an earlier route left unsent, and only then takes the new link's cookie.
import { isAble, publicKey, forgetRoute } from "./keys.js";
import { outbox } from "./store.js";
import { flush } from "./sync.js";

async function unsent() {
  return (await outbox()).filter((item) => item.state !== "refused").length;
}

async function begin(form) {
  const word = form.querySelector(".trouble");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    if (isAble()) {
      if (await unsent() && !form.dataset.asked) {
        button.textContent = "Mengirim yang kemarin…";
        await flush();
        const left = await unsent();
        if (left) {
          form.dataset.asked = "1";
          word.textContent = left + " konfirmasi dari rute sebelumnya belum terkirim. Cari sinyal, lalu muat ulang halaman ini. Tekan lagi bila tetap ingin mulai.";
          word.hidden = false;
          return;
        }
      }
      form.elements.namedItem("public_key").value = await publicKey();
      await forgetRoute();
    }
  } catch (error) {
    form.elements.namedItem("public_key").value = ""; // the plain pages need nothing of this
  } finally {
    button.disabled = false;
    button.textContent = "Mulai";
  }
  // the link's address goes out of the phone's history as soon as it was used
  history.replaceState(null, "", "/c/app");
  form.submit();
}

for (const form of document.querySelectorAll("form[data-start]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); begin(form); });
}
