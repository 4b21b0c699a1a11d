// Transfers: send pieces to another store, and say what has come of those that are on their way.
import { ask, newKey, session } from "../ask.js";
import { Act, Badge, Choice, Dialog, Filters, Head, Input, Pages, Part, here, html, moment, t, tell, useAsk, useMemo, useSignalLater, useState } from "../kit.js";
import { name } from "../words.js";

const TONES = { SENT: "info", PART_RECEIVED: "warn", RECEIVED: "good", REFUSED: "danger" };

export default function Transfers({ ops }) {
  const { tab = "under" } = here.value.query;
  const store = session.value.viewer.storeId;
  const [sending, send] = useState(false);
  const [turn, setTurn] = useState(0);
  const all = tab === "all";
  return html`<${Head} title=${t("调拨")}><button type="button" class="main" onClick=${() => send(true)}>${t("调出")}</button><//>
    <${Filters} name="tab" label=${t("状态")} options=${[["under", t("在路上")], ["all", t("全部")]]} />
    <${Pages} key=${`${tab}${turn}`} operation=${all ? ops.Transfers : ops.TransfersUnderWay} variables=${{ store }} of=${(data) => data.stockTransfers ?? data.stockTransfersUnderWay}
      empty=${t("没有在路上的货。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${One} ops=${ops} one=${one} store=${store} again=${again} /></li>`)}</ul>`}<//>
    ${sending && html`<${Send} ops=${ops} store=${store} close=${() => send(false)} done=${() => (send(false), setTurn(turn + 1))} />`}`;
}

function One({ ops, one, store, again }) {
  const [asking, setAsking] = useState(false);
  const comes = one.toStore.id === store;
  const under = one.lines.some((line) => line.missing);
  return html`<div class="row apart"><strong>${comes ? t("从 {store} 调入", { store: one.fromStore.name }) : t("调出到 {store}", { store: one.toStore.name })}</strong><${Badge} tone=${TONES[one.state]}>${name(one.state)}<//></div>
    <p class="small">${moment(one.at)}</p>
    <ul>${one.lines.map((line) => html`<li class="row apart" key=${line.sku}><span>${line.sku}</span><span>${t("发 {sent}，到 {received}", line)}${line.missing ? ` · ${t("还差 {missing}", line)}` : ""}</span></li>`)}</ul>
    ${comes && under && html`<div class="row"><button type="button" class="main" onClick=${() => setAsking(true)}>${t("清点收货")}</button></div>`}
    ${asking && html`<${Receive} ops=${ops} one=${one} close=${() => setAsking(false)} done=${() => (setAsking(false), again())} />`}`;
}

// What is counted is told; what is missing stays on its way until it comes or head office decides.
function Receive({ ops, one, close, done }) {
  const missing = one.lines.filter((line) => line.missing);
  const [come, setCome] = useState(Object.fromEntries(missing.map((line) => [line.sku, line.missing])));
  const key = useMemo(newKey, [come]);
  const lines = missing.map(({ sku }) => ({ sku, quantity: Number(come[sku]) })).filter((line) => line.quantity > 0);
  const receive = () => ask(ops.TransfersReceive, { id: one.id, key, lines }).then(() => (tell(t("收货记下了，可以卖了")), done()));
  return html`<${Dialog} title=${t("清点收货")} onClose=${close}>
    ${missing.map((line) => html`<${Input} key=${line.sku} label=${t("{sku}：到了几件（在路上 {missing} 件）", line)} type="number" min="0" max=${line.missing} inputmode="numeric" value=${come[line.sku]} onInput=${(value) => setCome({ ...come, [line.sku]: value })} />`)}
    <${Act} kind="main" disabled=${!lines.length} run=${receive}>${t("收货")}<//>
  <//>`;
}

function Send({ ops, store, close, done }) {
  const stores = useAsk(ops.TransfersStores);
  const [to, setTo] = useState("");
  const [typed, setTyped] = useState("");
  const words = useSignalLater(typed.trim(), 300) || null;
  const found = useAsk(ops.TransfersFind, { words }, { skip: !words });
  const [lines, setLines] = useState([]);
  const id = useMemo(newKey, [to, lines]);
  const have = useAsk(ops.TransfersHave, { store, skus: lines.map((one) => one.sku) }, { skip: !lines.length });
  const left = (sku) => have.data?.stockLevels.find((one) => one.sku === sku)?.available;
  const put = (sku, quantity) => setLines(lines.map((one) => (one.sku === sku ? { ...one, quantity } : one)));
  const add = (sku, words) => lines.some((one) => one.sku === sku) || setLines([...lines, { sku, words, quantity: 1 }]);
  const input = { fromStoreId: store, toStoreId: to, lines: lines.map(({ sku, quantity }) => ({ sku, quantity: Number(quantity) })) };
  const send = () => ask(ops.TransfersSend, { id, input }).then(() => (tell(t("调出了，等对方收货")), done()));
  return html`<${Dialog} title=${t("调出")} onClose=${close}>
    <${Choice} label=${t("给哪家店")} value=${to} onChange=${setTo} options=${[["", t("选一家店")], ...(stores.data?.stores.nodes ?? []).filter((one) => one.id !== store).map((one) => [one.id, one.name])]} />
    <${Input} label=${t("找商品")} type="search" value=${typed} onInput=${setTyped} placeholder=${t("名称或商品编号")} />
    ${words && html`<${Part} of=${found}>${({ products }) => html`<ul class="stack">${products.nodes.map((one) => html`<li key=${one.id}>${one.name}<div class="row">${one.variants.map(({ sku, options }) => html`<button type="button" key=${sku} onClick=${() => add(sku, `${one.name} ${options.map((it) => it.value).join(" ")}`)}>+ ${options.map((it) => it.value).join(" ") || sku}</button>`)}</div></li>`)}</ul>`}<//>`}
    ${lines.map((one) => html`<div class="row apart" key=${one.sku}><${Input} label=${one.words} hint=${left(one.sku) == null ? "" : t("可卖 {n} 件", { n: left(one.sku) })} type="number" min="1" inputmode="numeric" value=${one.quantity} onInput=${(value) => put(one.sku, value)} />
      <button type="button" aria-label=${t("去掉 {name}", { name: one.words })} onClick=${() => setLines(lines.filter((other) => other !== one))}>×</button></div>`)}
    <${Act} kind="main" disabled=${!to || !input.lines.length || input.lines.some((one) => !(one.quantity > 0))} run=${send}>${t("调出")}<//>
  <//>`;
}
