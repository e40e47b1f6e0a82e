/** Hands in a file: says what was chosen, how far it is, and in place what was refused. */

import { t } from "guotu/words.js";

const part = (name) => document.getElementById(`upload-${name}`);
const megabytes = (size) => Math.max(0.1, size / 1e6).toFixed(1);

/** Ready the form where there is one; without scripts it is sent as any form is. */
export function startUpload() {
  const form = part("form");
  if (!form) return;
  part("file").addEventListener("change", () => chosen(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (checked(form)) send(form);
  });
  window.addEventListener("pageshow", () => chosen(form));
}

function chosen(form) {
  const [file] = part("file").files;
  part("chosen").hidden = !file;
  part("said").replaceChildren();
  if (!file) return;
  part("chosen").textContent = t("已选 {name}（{size} MB）", {
    name: file.name,
    size: megabytes(file.size),
  });
  // One choice is one act, however often the button is pressed.
  form.elements.namedItem("key").value = crypto.randomUUID();
}

function checked(form) {
  const [file] = part("file").files;
  if (!file) {
    refused({ what: t("没有选择文件"), remedy: t("选一个文件再交") });
    return false;
  }
  const most = Number(form.dataset.mostBytes);
  if (file.size <= most) return true;
  refused({
    what: t("文件太大（{size} MB）", { size: megabytes(file.size) }),
    where: file.name,
    rule: t("文件最大 {size} MB", { size: megabytes(most) }),
    remedy: t("请压缩图片或分成几个文件后再交"),
  });
  return false;
}

function send(form) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) under(event.loaded / event.total);
  });
  request.addEventListener("load", () => {
    const told = request.response;
    if (request.status === 201 && told) window.location.assign(told.url);
    else refused(told || { what: t("没有传上去"), remedy: t("稍后再试，或请管理员查看") });
  });
  request.addEventListener("error", () => {
    refused({ what: t("网络断了，没有传上去"), remedy: t("连上网络后再交，填写的内容还在") });
  });
  busy(true);
  under(0);
  request.send(new FormData(form));
}

function under(share) {
  part("bar").value = share * 100;
  part("step").textContent =
    share < 1
      ? t("正在上传 {percent}%", { percent: Math.floor(share * 100) })
      : t("已传完，正在检查文件…");
}

function busy(is) {
  part("submit").disabled = is;
  part("progress").hidden = !is;
}

function refused(refusal) {
  busy(false);
  const notice = document.createElement("article");
  notice.className = "notice notice-bad";
  const what = document.createElement("h2");
  what.textContent = refusal.what;
  const facts = document.createElement("dl");
  facts.className = "facts";
  for (const [name, word] of [
    ["where", t("位置")],
    ["rule", t("依据")],
    ["remedy", t("办法")],
  ]) {
    if (!refusal[name]) continue;
    const title = document.createElement("dt");
    const said = document.createElement("dd");
    title.textContent = word;
    said.textContent = refusal[name];
    facts.append(title, said);
  }
  notice.append(what, facts);
  part("said").replaceChildren(notice);
  notice.scrollIntoView({ block: "nearest" });
}
