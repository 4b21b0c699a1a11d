// The queue: accept in time, then pack piece by piece, ship or hand over.
import { ask, listen, session, stored } from "../ask.js";
import { Act, Badge, Choice, Dialog, Empty, Filters, Head, Input, Left, Part, here, html, signal, t, tell, useAsk, useClock, useEffect, useState } from "../kit.js";
import { name } from "../words.js";

const TABS = { offered: ["OFFERED"], packing: ["ACCEPTED", "HELD"], ready: ["READY"], done: ["SHIPPED", "HANDED_OVER"] };
const REASONS = ["NOT_ON_SHELF", "DAMAGED", "TOO_BUSY", "CLOSED", "OTHER"];
// Sound and a screen that stays on need a touch first; both end with the page.
const armed = signal(null);

export default function Queue({ ops }) {
  const store = session.value.viewer.storeId;
  const { tab = "offered" } = here.value.query;
  const list = useAsk(ops.Queue, { store, states: TABS[tab] ?? TABS.offered });
  const waiting = useAsk(ops.Queue, { store, states: TABS.offered });
  const again = () => (list.again(), waiting.again());
  useEffect(() => listen(ops.QueueChanges, { store }, ({ fulfilmentOrderChanged: one }) => {
    again();
    if (one.state === "OFFERED") armed.value?.ring();
  }, again), [store]);
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && again();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
  const count = waiting.data?.fulfilmentQueue.totalCount ?? 0;
  useEffect(() => void (document.title = `${count ? `(${count}) ` : ""}${t("订单队列")} · ${t("千面")}`), [count]);
  return html`<${Head} title=${t("订单队列")}>${tab === "packing" && html`<button type="button" onClick=${() => print()}>${t("打印拣货单")}</button>`}<${Arm} /><//>
    <${Filters} name="tab" label=${t("状态")} options=${[["offered", `${t("待接单")} ${count || ""}`], ["packing", t("备货")], ["ready", t("待取货")], ["done", t("已完成")]]} />
    <${Soon} jobs=${waiting.data?.fulfilmentQueue.nodes ?? []} />
    <${Part} of=${list}>${({ fulfilmentQueue: { nodes } }) => nodes.length
      ? html`<ul class="stack">${nodes.map((job) => html`<li class="card stack" key=${job.id}><${Job} job=${job} ops=${ops} again=${again} /></li>`)}</ul>`
      : html`<${Empty}>${tab === "offered" ? t("没有等着接的单。") : t("这里现在没有订单。")}<//>`}<//>`;
}

function Arm() {
  async function arm() {
    const audio = new AudioContext();
    await audio.resume();
    const ring = () => {
      const tone = audio.createOscillator();
      tone.frequency.value = 880;
      tone.connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.4);
    };
    await navigator.wakeLock?.request("screen").catch(() => {});
    ring();
    armed.value = { ring };
  }
  if (armed.value) return html`<${Badge} tone="good">${t("来单会响铃")}<//>`;
  return html`<${Act} run=${arm}>${t("开始接单：响铃、不熄屏")}<//>`;
}

// Said aloud at ten, five and one minutes before the first is given to another store.
function Soon({ jobs }) {
  const now = useClock();
  const left = Math.min(...jobs.filter((one) => one.acceptBy).map((one) => Math.ceil((new Date(one.acceptBy) - now) / 60000)));
  const mark = [1, 5, 10].find((one) => left <= one && left > 0);
  return html`<p class="unseen" role="status">${mark ? t("有一单 {n} 分钟内要接", { n: mark }) : ""}</p>`;
}

function Job({ job, ops, again }) {
  const [asking, setAsking] = useState(null);
  const [phone, setPhone] = useState(null);
  const show = () => ask(ops.QueueRecipient, { id: job.id }).then((data) => setPhone(data.recipientShow.recipient.phone));
  const done = (words) => (setAsking(null), stored(`qianmian.packed.${job.id}`).drop(), tell(words), again());
  const act = (operation, variables, words) => ask(operation, { id: job.id, ...variables }).then(() => done(words));
  const pickup = !job.recipient;
  return html`<div class="row apart"><strong>${job.lines.reduce((sum, one) => sum + one.quantity, 0)} ${t("件")} · ${pickup ? t("到店自提") : `${job.recipient.names.join(" ")}`}</strong>
      <span class="row">${job.state === "OFFERED" && job.acceptBy && html`<${Left} until=${job.acceptBy} />`}<${Badge}>${name(job.state)}<//></span></div>
    <${Lines} job=${job} />
    ${job.recipient && html`<p class="small">${job.recipient.name} ${phone ?? job.recipient.phone} · ${job.recipient.names.join("")}${job.recipient.address}
      ${!phone && html`<${Act} run=${show}>${t("看号码")}<//>`}</p>`}
    ${job.trackingNumber && html`<p class="small">${job.carrier} ${job.trackingNumber}</p>`}
    <div class="row">
      ${job.state === "OFFERED" && html`<${Act} kind="main" run=${() => act(ops.QueueAccept, {}, t("接下了"))}>${t("接单")}<//>
        <button type="button" onClick=${() => setAsking("reject")}>${t("拒单")}</button>`}
      ${job.state === "ACCEPTED" && !pickup && html`<button type="button" class="main" onClick=${() => setAsking("ship")}>${t("发货")}</button>`}
      ${job.state === "ACCEPTED" && pickup && html`<${Act} kind="main" run=${() => act(ops.QueueReady, {}, t("已通知顾客来取"))}>${t("备好了，通知来取")}<//>`}
      ${job.state === "READY" && html`<button type="button" class="main" onClick=${() => setAsking("hand")}>${t("凭码交付")}</button>`}
      ${["ACCEPTED", "HELD"].includes(job.state) && html`<button type="button" onClick=${() => setAsking("reject")}>${t("做不了")}</button>`}
    </div>
    ${asking === "reject" && html`<${Reject} job=${job} close=${() => setAsking(null)} run=${(variables) => act(ops.QueueReject, variables, t("已转给下一家店"))} />`}
    ${asking === "ship" && html`<${Ship} close=${() => setAsking(null)} run=${(variables) => act(ops.QueueShip, variables, t("已发货"))} />`}
    ${asking === "hand" && html`<${Hand} close=${() => setAsking(null)} run=${(variables) => act(ops.QueueHandOver, variables, t("已交付"))} />`}`;
}

// What is to be packed is ticked off; a page that is left in between finds its ticks again.
function Lines({ job: { id, state, lines } }) {
  const packed = stored(`qianmian.packed.${id}`);
  const [ticked, setTicked] = useState(packed.read() ?? []);
  if (state !== "ACCEPTED") return html`<ul>${lines.map((line) => html`<li class="row apart" key=${line.sku}><${Line} line=${line} /></li>`)}</ul>`;
  function tick(sku, yes) {
    const next = yes ? [...ticked, sku] : ticked.filter((one) => one !== sku);
    setTicked(next);
    if (next.length) packed.write(next);
    else packed.drop();
  }
  return html`<ul>${lines.map((line) => html`<li key=${line.sku}><label class="row apart tick"><input type="checkbox" checked=${ticked.includes(line.sku)} onChange=${(event) => tick(line.sku, event.target.checked)} /><${Line} line=${line} /></label></li>`)}</ul>
    <p class="small" role="status">${t("装好 {n} / {all}", { n: ticked.length, all: lines.length })}</p>`;
}

function Line({ line }) {
  return html`<span class="grow">${line.name} <small>${line.options} · ${line.sku}</small></span><strong>× ${line.quantity}</strong>`;
}

function Reject({ job, close, run }) {
  const [reason, setReason] = useState(REASONS[0]);
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState([]);
  return html`<${Dialog} title=${t("为什么不接")} onClose=${close}>
    <${Choice} label=${t("原因")} value=${reason} onChange=${setReason} options=${REASONS.map((one) => [one, name(one)])} />
    ${reason === "NOT_ON_SHELF" && html`<fieldset class="boxes"><legend>${t("哪些找不到")}</legend>${job.lines.map((line) => html`<label><input type="checkbox" checked=${missing.includes(line.sku)}
      onChange=${(event) => setMissing(event.target.checked ? [...missing, line.sku] : missing.filter((one) => one !== line.sku))} />${line.name} ${line.options}</label>`)}</fieldset>`}
    <${Input} label=${t("补充一句")} value=${note} onInput=${setNote} />
    <${Act} kind="harm" run=${() => run({ reason, note, missing: missing.length ? job.lines.filter((one) => missing.includes(one.sku)).map(({ sku, quantity }) => ({ sku, quantity })) : null })}>${t("拒单")}<//>
  <//>`;
}

function Ship({ close, run }) {
  const [carrier, setCarrier] = useState("SF");
  const [number, setNumber] = useState("");
  return html`<${Dialog} title=${t("发货")} onClose=${close}>
    <${Input} label=${t("承运商代码")} value=${carrier} onInput=${setCarrier} />
    <${Input} label=${t("运单号")} value=${number} onInput=${setNumber} data-first />
    <${Act} kind="main" disabled=${!number} run=${() => run({ carrier, number })}>${t("发货")}<//>
  <//>`;
}

function Hand({ close, run }) {
  const [code, setCode] = useState("");
  return html`<${Dialog} title=${t("凭码交付")} onClose=${close}>
    <${Input} label=${t("顾客的取货码")} value=${code} onInput=${setCode} inputmode="numeric" autocomplete="off" data-first />
    <${Act} kind="main" disabled=${!code} run=${() => run({ code })}>${t("交付")}<//>
  <//>`;
}
