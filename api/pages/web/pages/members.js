// Members: one person however they came; who is one with whom, and what two both claim.
import { ask } from "../ask.js";
import { Act, Badge, Empty, Filters, Head, Input, Pages, Part, Refusal, date, go, here, html, moment, t, tell, useAsk, useState } from "../kit.js";
import { name } from "../words.js";

export default function Members({ ops, rest: [id] }) {
  const { tab } = here.value.query;
  if (id) return html`<${One} ops=${ops} id=${id} />`;
  return html`<${Head} title=${t("会员")} />
    <${Filters} name="tab" label=${t("看什么")} options=${[["find", t("找会员")], ["conflicts", t("要判的冲突")]]} />
    ${tab === "conflicts" ? html`<${Conflicts} ops=${ops} />` : html`<${Find} ops=${ops} />`}`;
}

function Find({ ops }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  async function find() {
    const { memberFind } = await ask(ops.MembersFind, phone.trim() ? { phone: phone.trim() } : { code: code.trim() });
    setMissing(!memberFind);
    if (memberFind) go(`/desk/members/${memberFind.id}`);
  }
  return html`<form class="form" onSubmit=${(event) => event.preventDefault()}>
      <${Input} label=${t("手机号")} type="tel" autocomplete="off" value=${phone} onInput=${setPhone} />
      <${Input} label=${t("或会员号")} autocomplete="off" value=${code} onInput=${setCode} /></form>
    <div class="row"><${Act} kind="main" disabled=${!phone.trim() && !code.trim()} run=${find}>${t("找")}<//></div>
    ${missing && html`<${Empty}>${t("没有这位会员。")}<//>`}`;
}

function One({ ops, id }) {
  const found = useAsk(ops.MembersOne, { id });
  const traits = useAsk(ops.MembersTraits, { id });
  const [turn, setTurn] = useState(0);
  const again = () => (setTurn(turn + 1), found.again());
  return html`<${Part} of=${found}>${({ member }) => html`<${Head} title=${member.name || t("没留名字")} back="/desk/members" />
    <section class="card"><dl class="facts"><dt>${t("手机号")}</dt><dd>${member.phone ?? "—"}</dd><dt>${t("会员号")}</dt><dd>${member.memberCode ?? "—"}</dd>
      <dt>${t("从哪里来")}</dt><dd>${name(member.channel)} · ${date(member.joinedAt)}</dd><dt>${t("最近来过")}</dt><dd>${date(member.seenAt) ?? "—"}</dd>
      <dt>${t("认得出的身份")}</dt><dd>${member.identities.map((one) => name(one.kind)).join("、") || "—"}</dd><dt>${t("编号")}</dt><dd><code>${member.ids.join(" ")}</code></dd></dl></section>
    <${Part} of=${traits}>${({ memberTraits: one }) => html`<section class="card"><dl class="facts"><dt>${t("等级")}</dt><dd>${one.level.name}</dd><dt>${t("标签")}</dt><dd>${one.tags.map((tag) => tag.code).join("、") || "—"}</dd><dt>${t("人群")}</dt><dd>${one.segments.join("、") || "—"}</dd></dl></section>`}<//>
    <h2>${t("合并过的")}</h2>
    <${Pages} key=${turn} operation=${ops.MembersMerges} variables=${{ id: member.id }} of=${(data) => data.memberMerges} empty=${t("没有合并过。")}>${(nodes) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Merge} one=${one} ops=${ops} again=${again} /></li>`)}</ul>`}<//>
    <${Join} ops=${ops} id=${member.id} done=${again} />`}<//>`;
}

function Merge({ one, ops, again }) {
  const [reason, setReason] = useState("");
  const undo = () => ask(ops.MembersUnmerge, { id: one.id, reason: reason.trim() }).then(() => (tell(t("已撤销")), again()));
  return html`<div class="row apart"><span><strong>${name(one.kind)}</strong> <small><code>${one.loser}</code> → <code>${one.survivor}</code></small></span><${Badge}>${name(one.state)}<//></div>
    <p class="small">${name(one.evidence)} · ${moment(one.at)}</p>
    ${one.state === "DONE" && html`<div class="row"><${Input} label=${t("为什么撤销")} value=${reason} onInput=${setReason} maxlength="200" /><${Act} kind="harm" disabled=${!reason.trim()} run=${undo}>${t("撤销合并")}<//></div>`}`;
}

function Join({ ops, id, done }) {
  const [other, setOther] = useState("");
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState(null);
  const join = () => ask(ops.MembersMerge, { loser: other.trim(), survivor: id, reason: reason.trim() }).then(() => (tell(t("已合并")), setOther(""), setReason(""), setFault(null), done()), setFault);
  return html`<section class="card stack"><h2>${t("把另一位并到这位")}</h2><div class="form">
      <${Input} label=${t("另一位的编号")} value=${other} onInput=${setOther} />
      <${Input} label=${t("凭什么是同一个人")} value=${reason} onInput=${setReason} maxlength="200" /></div>
    <${Refusal} fault=${fault} compact />
    <div class="row"><${Act} kind="main" disabled=${!other.trim() || !reason.trim()} run=${join}>${t("合并，可以撤销")}<//></div></section>`;
}

function Conflicts({ ops }) {
  return html`<${Pages} operation=${ops.MembersConflicts} of=${(data) => data.memberConflicts} empty=${t("没有要判的冲突。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Conflict} one=${one} ops=${ops} again=${again} /></li>`)}</ul>`}<//>`;
}

function Conflict({ one, ops, again }) {
  const [reason, setReason] = useState("");
  const settle = (settlement) => () => ask(ops.MembersSettle, { id: one.id, settlement, reason: reason.trim() }).then(() => (tell(t("判好了")), again()));
  return html`<div class="row apart"><strong>${name(one.kind)}</strong><small>${moment(one.openedAt)}</small></div>
    <div class="form"><${Side} title=${t("现在是谁的")} of=${one.holder} /><${Side} title=${t("谁来认")} of=${one.claimant} /></div>
    <${Input} label=${t("凭什么这样判")} value=${reason} onInput=${setReason} maxlength="200" />
    <div class="row"><${Act} disabled=${!reason.trim()} run=${settle("RELEASE")}>${t("给来认的人")}<//>
      ${one.claimant && html`<${Act} disabled=${!reason.trim()} run=${settle("MERGE")}>${t("是同一个人，合并")}<//>`}
      <${Act} disabled=${!reason.trim()} run=${settle("KEEP")}>${t("不动")}<//></div>`;
}

function Side({ title, of: one }) {
  return html`<div class="card stack"><h3>${title}</h3>${one ? html`<a href=${`/desk/members/${one.id}`}>${one.name || t("没留名字")}</a><small>${one.phone ?? "—"} · ${t("最近来过")} ${date(one.seenAt) ?? "—"}</small>` : html`<p class="faint">${t("还不是会员。")}</p>`}</div>`;
}
