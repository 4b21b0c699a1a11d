// Imports: a file is checked whole, then its good rows or all of it are taken.
import { ask, session } from "../ask.js";
import { Act, Badge, Choice, Head, html, size, t, tell, useRef, useState } from "../kit.js";

// What a file may hold, and its columns; systems hand in stock alone.
const KINDS = {
  ImportProducts: ["商品", "product_code,name,category,sku,price_fen"],
  ImportStock: ["库存盘点", "store_id,sku,on_hand,counted_at"],
  ImportStores: ["门店", "store_id,name,owner_code,district,address,longitude,latitude,datum"],
  ImportOwners: ["业主", "owner_code,name,kind"],
  ImportGuides: ["导购", "guide_id,name,store_id,wecom_user_id"],
  ImportPosts: ["内容", "code,title,category,scenes,body"],
  ImportLayers: ["店铺布置", "layer,modules"],
};
const SYSTEM = ["ImportStock"];

export default function Imports({ ops }) {
  const kinds = session.value.viewer.role === "FEED" ? SYSTEM : Object.keys(KINDS);
  const operations = { ImportProducts: ops.ImportProducts, ImportStock: ops.ImportStock, ImportStores: ops.ImportStores, ImportOwners: ops.ImportOwners, ImportGuides: ops.ImportGuides, ImportPosts: ops.ImportPosts, ImportLayers: ops.ImportLayers };
  const [kind, setKind] = useState(kinds[0]);
  const [file, setFile] = useState(null);
  const [checked, setChecked] = useState(null);
  const [sent, setSent] = useState(0);
  const input = useRef(null);
  const choose = (found) => (setFile(found ?? null), setChecked(null));
  async function send(check, mode = "ALL_OR_NOTHING") {
    const began = performance.now();
    const { done } = await ask(operations[kind], { mode, check }, { file, progress: (count) => setSent(count) });
    setChecked({ ...done.report, check, seconds: (performance.now() - began) / 1000 });
    setSent(0);
    if (!check) tell(t("已收下 {n} 行", { n: done.report.created + done.report.changed }));
  }
  return html`<${Head} title=${t("批量导入")} />
    <section class="card stack" onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => (event.preventDefault(), choose(event.dataTransfer.files[0]))}>
      <${Choice} label=${t("导入什么")} value=${kind} onChange=${(value) => (setKind(value), setChecked(null))} options=${kinds.map((one) => [one, t(KINDS[one][0])])} />
      <small>${t("表头至少有：")}<code>${KINDS[kind][1]}</code></small>
      <div class="row"><button type="button" onClick=${() => input.current.click()}>${file ? t("换一个文件") : t("选文件（xlsx、csv、jsonl），或拖到这里")}</button>
        <input ref=${input} type="file" hidden accept=".csv,.xlsx,.jsonl,.txt" aria-label=${t("文件")} onChange=${(event) => (choose(event.target.files[0]), (event.target.value = ""))} />
        ${file && html`<span>${file.name} <small>${size(file.size)}</small></span>`}</div>
      ${sent > 0 && file && html`<progress value=${sent} max=${file.size} aria-label=${file.name}></progress>`}
      <div class="row"><${Act} kind=${checked ? "" : "main"} disabled=${!file} run=${() => send(true)}>${t("先检查全部行")}<//>
        ${checked?.check && checked.errorCount === 0 && html`<${Act} kind="main" run=${() => send(false)}>${t("收下 {n} 行", { n: checked.rows })}<//>`}
        ${checked?.check && checked.errorCount > 0 && checked.rows > checked.errorCount && html`<${Act} kind="main" run=${() => send(false, "GOOD_ROWS")}>${t("只收下没有问题的行")}<//>`}</div>
    </section>
    ${checked && html`<${Report} report=${checked} />`}`;
}

function Report({ report }) {
  const figures = [["新增", report.created, "good"], ["修改", report.changed, "info"], ["不变", report.unchanged, ""], ["有问题", report.errorCount, report.errorCount ? "danger" : ""]];
  return html`<section class="card stack" aria-label=${t("结果")}><div class="row"><h2 role="status">${report.check ? t("检查了 {n} 行，还没有收下", { n: report.rows }) : t("收下了，共 {n} 行", { n: report.rows })}</h2>
      <small>${t("每秒 {n} 行", { n: Math.round(report.rows / report.seconds) })}</small></div>
    <div class="row">${figures.map(([words, count, tone]) => html`<${Badge} tone=${tone}>${t(words)} ${count}<//>`)}</div>
    ${report.errorGroups.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("问题")}><table><thead><tr><th scope="col">${t("列")}</th><th scope="col">${t("问题")}</th><th scope="col" class="figure">${t("行数")}</th><th scope="col">${t("在哪些行")}</th></tr></thead>
      <tbody>${report.errorGroups.map((one) => html`<tr><td>${one.column ?? "—"}</td><td>${one.message}</td><td class="figure">${one.count}</td><td>${ranges(one.lines)}</td></tr>`)}</tbody></table></div>
      <a class="button" download="wrong-rows.csv" href=${`data:text/csv;charset=utf-8,${encodeURIComponent(["line,column,message", ...report.errors.map((one) => [one.line, one.column ?? "", `"${one.message.replaceAll('"', '""')}"`].join(","))].join("\r\n"))}`}>${t("下载问题清单")}</a>`}
    ${report.warnings.length > 0 && html`<h3>${t("请留意")}</h3><ul>${report.warnings.slice(0, 20).map((one) => html`<li>${one.line} · ${one.column ?? ""} ${one.message}</li>`)}</ul>`}
    ${report.notes.map((one) => html`<p class="small">${one}</p>`)}
    ${report.changes.length > 0 && html`<details><summary>${t("改了什么")}</summary><div class="scroll" tabindex="0" role="region" aria-label=${t("改了什么")}><table><tbody>${report.changes.slice(0, 100).map((one) => html`<tr><th scope="row">${one.id}</th><td>${one.isNew ? t("新增") : one.differences.join("，")}</td></tr>`)}</tbody></table></div></details>`}
  </section>`;
}

// 3, 4, 5, 9 as 3–5, 9.
export function ranges(lines) {
  const parts = [];
  for (const line of lines) {
    const last = parts[parts.length - 1];
    if (last && line === last[1] + 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join("，");
}
