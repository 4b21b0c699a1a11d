// Tasks of guides: what is asked, how far it is, the photographs to look at, and rewards to hand over.
import { ask, newKey, session } from "../ask.js";
import { Act, Area, Badge, Choice, Dialog, Filters, Head, Input, Judge, Pages, Part, Picture, VERSION_TONES, fen, go, here, html, moment, t, tell, today, useAsk, useMemo, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const TONES = { DONE: "good", HANDED_IN: "info", REJECTED: "danger", FELL: "danger", ORDERED: "info", HANDED_OVER: "good", REFUSED: "danger" };
const PUBLISHERS = ["STORE_MANAGER", "HEAD_OFFICE"];
const EVERY = { ONCE: "一次", DAILY: "每天", WEEKLY: "每周" };
const PROOFS = { VISITORS: "带来访客", SALES: "卖出（元）", PHOTOGRAPH: "拍照", FRIENDS: "加好友", MOMENTS: "发几次朋友圈", HAND_SENDS: "群发到几位客户", FOLLOW_UPS: "几位客户打开所发", EXAM: "通过考试" };
// What is done once, so that there is no target to name.
const ONCE = ["PHOTOGRAPH", "EXAM"];
const work = (one) => `${t(PROOFS[one.proof] ?? "") || name(one.proof)}${ONCE.includes(one.proof) ? "" : ` ${one.proof === "SALES" ? `¥${one.target / 100}` : one.target}`} · ${t("{n} 金币", { n: one.coins })}`;
const percent = ({ done, guides }) => (guides ? Math.round((100 * done) / guides) : 0);

export default function Tasks({ ops, rest: [id] }) {
  const { tab = "tasks", whose = "brand" } = here.value.query;
  const { role, storeId: store } = session.value.viewer;
  const [writing, setWriting] = useState(false);
  if (id) return html`<${One} ops=${ops} id=${id} store=${store} />`;
  const tabs = [["tasks", t("发出的任务")], role !== "FRANCHISEE" && ["templates", t("任务模板")], role === "STORE_MANAGER" && ["rewards", t("换的东西")]];
  return html`<${Head} title=${t("任务")}>${role === "HEAD_OFFICE" && tab === "templates" && html`<button type="button" class="main" onClick=${() => setWriting(true)}>${t("写一个任务")}</button>`}<//>
    <${Filters} name="tab" label=${t("看什么")} options=${tabs.filter(Boolean)} />
    ${tab === "tasks" && store && html`<${Filters} name="whose" label=${t("谁发的")} options=${[["brand", t("总部发的")], ["own", t("本店发的")]]} />`}
    ${tab === "tasks" && html`<${Pages} operation=${ops.Tasks} variables=${{ store: whose === "own" ? store : null }} of=${(data) => data.tasks} empty=${t("还没有发出的任务。从「任务模板」里选一个发出去。")}>${(nodes) => html`<ul class="list card">${nodes.map((one) => html`<li key=${one.id}><a href=${`/desk/tasks/${one.id}`}>
      <span class="grow"><strong>${one.work.title}</strong><br /><small>${t(EVERY[one.recurrence])} · ${one.startsOn} – ${one.endsOn} · ${work(one.work)}</small></span>
      ${one.cancelledAt ? html`<${Badge}>${t("已撤回")}<//>` : html`<small>${t("{n} 位导购", { n: one.guides })}</small>`}</a></li>`)}</ul>`}<//>`}
    ${tab === "templates" && html`<${Templates} key=${writing} ops=${ops} />`}
    ${tab === "rewards" && html`<${Rewards} ops=${ops} store=${store} />`}
    ${writing && html`<${Write} ops=${ops} close=${() => setWriting(false)} />`}`;
}

function One({ ops, id, store }) {
  const { day = null, at = store } = here.value.query;
  const found = useAsk(ops.TasksFar, { id, day });
  const cancel = (version) => () => ask(ops.TasksCancel, { id, version }).then(() => (tell(t("撤回了，已经完成的照样算")), found.again()));
  return html`<${Part} of=${found}>${({ taskCompletion: { task, guides, done, stores } }) => html`<${Head} title=${task.work.title} back="/desk/tasks">
      ${!task.cancelledAt && PUBLISHERS.includes(session.value.viewer.role) && html`<${Act} kind="harm" run=${cancel(task.version)}>${t("撤回任务")}<//>`}<//>
    <p class="small">${t(EVERY[task.recurrence])} · ${task.startsOn} – ${task.endsOn} · ${work(task.work)}</p>
    ${task.work.text && html`<p>${task.work.text}</p>`}
    ${task.recurrence !== "ONCE" && html`<${Input} label=${t("哪一天")} type="date" value=${day ?? today()} min=${task.startsOn} max=${task.endsOn} onInput=${(value) => value && go(withQuery({ day: value }), { replace: true })} />`}
    <dl class="sums"><div class="card"><dt>${t("完成")}</dt><dd>${done} / ${guides}</dd><small>${percent({ done, guides })} %</small></div></dl>
    ${!store && html`<div class="scroll card" tabindex="0" role="region" aria-label=${t("各店")}><table><thead><tr><th scope="col">${t("门店")}</th><th scope="col" class="figure">${t("完成")}</th><th scope="col" class="figure">%</th></tr></thead>
      <tbody>${stores.map((one) => html`<tr key=${one.storeId}><th scope="row"><a href=${withQuery({ at: one.storeId })} aria-current=${one.storeId === at ? "true" : undefined}>${one.storeId}</a></th><td class="figure">${one.done} / ${one.guides}</td><td class="figure">${percent(one)}</td></tr>`)}</tbody></table></div>`}
    ${at && html`<section class="card stack"><h2>${t("{store} 的导购", { store: at })}</h2><${Guides} ops=${ops} id=${id} store=${at} day=${day} changed=${found.again} /></section>`}`}<//>`;
}

function Guides({ ops, id, store, day, changed }) {
  return html`<${Pages} operation=${ops.TasksGuides} variables=${{ id, store, day }} of=${(data) => data.taskGuides} empty=${t("这家店没有要做的导购。")}>${(nodes, again) => html`<ul class="list">${nodes.map((one) => html`<li class="stack said" key=${one.id}>
    <div class="row apart"><strong>${one.guideName ?? one.guideId}</strong>${one.state ? html`<${Badge} tone=${TONES[one.state]}>${name(one.state)}<//>` : html`<small>${one.task.work.proof === "PHOTOGRAPH" ? t("还没交") : `${one.task.work.proof === "SALES" ? `¥${one.measured / 100}` : one.measured} / ${one.task.work.proof === "SALES" ? `¥${one.task.work.target / 100}` : one.task.work.target}`}</small>`}</div>
    ${one.reason && html`<p class="small">${one.reason}</p>`}
    ${one.asset && html`<a class="thumb" href=${one.asset.url} target="_blank" rel="noopener" aria-label=${t("看大图")}><${Picture} asset=${one.asset} alt="" /></a>`}
    ${one.state === "HANDED_IN" && html`<div class="row"><${Judge} approve=${ops.TasksPhotographApprove} reject=${ops.TasksPhotographReject} id=${one.id} again=${() => (again(), changed())} /></div>`}</li>`)}</ul>`}<//>`;
}

function Templates({ ops }) {
  const [chosen, choose] = useState(null);
  const { role } = session.value.viewer;
  return html`<${Pages} operation=${ops.TasksTemplates} of=${(data) => data.taskTemplates} empty=${t("还没有任务模板。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
      <div class="row apart"><strong>${one.work.title}</strong><${Badge} tone=${VERSION_TONES[one.state]}>${name(one.state)}<//></div>
      <p class="small">${work(one.work)} · ${one.author.name ?? one.author.id}</p>${one.work.text && html`<p>${one.work.text}</p>`}${one.comment && html`<p class="wrong">${one.comment}</p>`}
      <div class="row">${one.state === "IN_REVIEW" && role === "HEAD_OFFICE" && html`<${Judge} approve=${ops.TasksTemplateApprove} reject=${ops.TasksTemplateReject} id=${one.id} again=${again} />`}
        ${one.state === "APPROVED" && PUBLISHERS.includes(role) && html`<button type="button" class="main" onClick=${() => choose(one)}>${t("发给导购")}</button>`}</div></li>`)}</ul>`}<//>
    ${chosen && html`<${Publish} ops=${ops} template=${chosen} close=${() => choose(null)} />`}`;
}

function Publish({ ops, template, close }) {
  const { storeId } = session.value.viewer;
  const stores = useAsk(ops.TasksStores, {}, { skip: Boolean(storeId) });
  const [form, set] = useState({ recurrence: "ONCE", startsOn: today(), endsOn: today(), store: storeId ?? "" });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { recurrence, startsOn, endsOn, store } = form;
  const key = useMemo(newKey, [form]);
  const input = { templateId: template.id, audience: store ? { storeIds: [store] } : {}, recurrence, startsOn, endsOn };
  const publish = () => ask(ops.TasksPublish, { input, key }).then(() => (tell(t("发出去了")), close()));
  return html`<${Dialog} title=${template.work.title} onClose=${close}>
    ${!storeId && html`<${Choice} label=${t("发给谁")} value=${store} onChange=${put("store")} options=${[["", t("全部导购")], ...(stores.data?.stores.nodes ?? []).map((one) => [one.id, one.name])]} />`}
    <${Choice} label=${t("多久一次")} value=${recurrence} onChange=${put("recurrence")} options=${Object.entries(EVERY).map(([value, words]) => [value, t(words)])} />
    <${Input} label=${t("第一天")} type="date" value=${startsOn} min=${today()} onInput=${put("startsOn")} />
    <${Input} label=${t("最后一天")} type="date" value=${endsOn} min=${startsOn} onInput=${put("endsOn")} />
    <${Act} kind="main" run=${publish}>${t("发给导购")}<//>
  <//>`;
}

function Write({ ops, close }) {
  const products = useAsk(ops.TasksProducts);
  const exams = useAsk(ops.TasksExams);
  const [form, set] = useState({ title: "", text: "", proof: "PHOTOGRAPH", target: "1", coins: "10", product: "", exam: "", certificate: "" });
  const put = (field) => (value) => set({ ...form, [field]: value });
  const { title, text, proof, target, coins, product, exam, certificate } = form;
  const wanted = proof === "SALES" ? fen(target) : ONCE.includes(proof) ? 1 : Number(target);
  const content = proof === "VISITORS" ? { kind: "PRODUCT", targetId: product, scene: "MOMENTS" } : null;
  const key = useMemo(newKey, [form]);
  const examId = proof === "EXAM" ? exam : null;
  const known = exams.data?.exams.nodes ?? [];
  const codes = [...new Set(known.map((one) => one.certificate).filter(Boolean))];
  const save = () => ask(ops.TasksWrite, { input: { title, text, proof, target: wanted, coins: Number(coins), content, examId, certificate: certificate || null }, key }).then(() => (tell(t("送审了")), close()));
  return html`<${Dialog} title=${t("写一个任务")} onClose=${close}>
    <${Input} label=${t("名字")} value=${title} onInput=${put("title")} />
    <${Area} label=${t("怎么做")} value=${text} onInput=${put("text")} />
    <${Choice} label=${t("怎么算完成")} value=${proof} onChange=${put("proof")} options=${Object.entries(PROOFS).map(([value, words]) => [value, t(words)])} />
    ${proof === "VISITORS" && html`<${Choice} label=${t("分享哪件商品")} value=${product} onChange=${put("product")} options=${[["", "—"], ...(products.data?.products.nodes ?? []).map((one) => [one.id, one.name])]} />`}
    ${proof === "EXAM" && html`<${Choice} label=${t("哪场考试")} value=${exam} onChange=${put("exam")} options=${[["", "—"], ...known.map((one) => [one.id, one.title])]} />`}
    ${!ONCE.includes(proof) && html`<${Input} label=${t("目标")} value=${target} onInput=${put("target")} inputmode="decimal" />`}
    <${Input} label=${t("奖多少金币")} value=${coins} onInput=${put("coins")} inputmode="numeric" />
    ${codes.length > 0 && html`<${Choice} label=${t("要有的证书")} value=${certificate} onChange=${put("certificate")} options=${[["", t("不用证书")], ...codes.map((one) => [one, one])]} />`}
    <${Act} kind="main" disabled=${!title.trim() || (content && !product) || examId === ""} run=${save}>${t("送审")}<//>
  <//>`;
}

function Rewards({ ops, store }) {
  return html`<${Pages} operation=${ops.TasksRewardOrders} variables=${{ store }} of=${(data) => data.coinRewardOrders} empty=${t("还没有导购换东西。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
    <div class="row apart"><strong>${one.name} · ${one.guideName ?? "—"}</strong><${Badge} tone=${TONES[one.state]}>${name(one.state)}<//></div>
    <p class="small">${t("{n} 金币", { n: one.coins })} · ${moment(one.orderedAt)}${one.why ? ` · ${one.why}` : ""}</p>
    ${one.state === "ORDERED" && html`<div class="row"><${Judge} words=${t("交给他了")} approve=${ops.TasksRewardHandOver} reject=${ops.TasksRewardCancel} id=${one.id} again=${again} /></div>`}</li>`)}</ul>`}<//>`;
}
