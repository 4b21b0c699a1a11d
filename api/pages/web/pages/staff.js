// Staff: who has an account, and the link by which somebody new chooses a password.
import { ask } from "../ask.js";
import { Act, Badge, Choice, Dialog, Filters, Head, Input, Pages, Refusal, html, here, moment, t, tell, useState } from "../kit.js";
import { name } from "../words.js";

const ROLES = ["EDITOR", "REVIEWER", "STORE_MANAGER", "REGION_MANAGER", "FRANCHISEE", "TRAINER", "FINANCE", "HEAD_OFFICE", "FEED"];
// What an account of a role is bound to.
const BOUND = { EDITOR: ["department", "部门"], REVIEWER: ["department", "部门"], STORE_MANAGER: ["storeId", "门店编号"], REGION_MANAGER: ["regionId", "城市编号"], FRANCHISEE: ["ownerId", "加盟商编号"] };

export default function Staff({ ops }) {
  const { role = null } = here.value.query;
  const [opening, setOpening] = useState(false);
  const [invited, setInvited] = useState(null);
  const [turn, setTurn] = useState(0);
  const seen = ({ staff, invitation }) => invitation && setInvited({ login: staff.login, invitation });
  return html`<${Head} title=${t("员工账号")}><button type="button" class="main" onClick=${() => setOpening(true)}>${t("开账号")}</button><//>
    <${Filters} name="role" label=${t("角色")} options=${[[null, t("全部")], ...ROLES.map((one) => [one, name(one)])]} />
    <${Pages} key=${turn} operation=${ops.Staff} variables=${{ role }} of=${(data) => data.staff} empty=${t("没有这个角色的账号。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${One} one=${one} ops=${ops} again=${again} seen=${seen} /></li>`)}</ul>`}<//>
    ${opening && html`<${Open} ops=${ops} close=${() => setOpening(false)} done=${(found) => (setOpening(false), setTurn(turn + 1), seen(found))} />`}
    ${invited && html`<${Invited} of=${invited} close=${() => setInvited(null)} />`}`;
}

function One({ one, ops, again, seen }) {
  const act = (operation, field, words) => () => ask(operation, { id: one.id }).then((data) => (tell(words), again(), seen(data[field])));
  const bound = one.storeId ?? one.regionId ?? one.ownerId ?? one.department;
  return html`<div class="row apart"><span><strong>${one.name}</strong> <small>${one.login} · ${name(one.role)}${bound ? ` · ${bound}` : ""}</small></span>
      <span class="row">${one.hasSecondFactor && html`<${Badge} tone="good">${t("有动态验证码")}<//>`}${one.invitedUntil && html`<${Badge} tone="info">${t("邀请到 {at}", { at: moment(one.invitedUntil) })}<//>`}${!one.active && html`<${Badge} tone="danger">${t("已停用")}<//>`}</span></div>
    <div class="row">${one.active
      ? html`<${Act} run=${act(ops.StaffReset, "staffPasswordReset", t("密码已作废"))}>${t("重设密码")}<//>
        ${one.hasSecondFactor && html`<${Act} run=${act(ops.StaffFactorReset, "staffSecondFactorReset", t("动态验证码已取消"))}>${t("取消动态验证码")}<//>`}
        <${Act} kind="harm" run=${act(ops.StaffClose, "staffClose", t("已停用"))}>${t("停用")}<//>`
      : html`<${Act} run=${act(ops.StaffReopen, "staffReopen", t("已重新启用"))}>${t("重新启用")}<//>`}</div>`;
}

function Open({ ops, close, done }) {
  const [input, setInput] = useState({ login: "", name: "", role: "EDITOR" });
  const [fault, setFault] = useState(null);
  const set = (key) => (value) => setInput((old) => ({ ...old, [key]: value }));
  const wrong = (key) => fault?.at?.(`input.${key}`) ?? [];
  const bound = BOUND[input.role];
  const { login, name: called, role } = input;
  const run = () => ask(ops.StaffOpen, { input: { login, name: called, role, ...(bound ? { [bound[0]]: input[bound[0]] ?? "" } : {}) } }).then((data) => done(data.staffOpen), setFault);
  return html`<${Dialog} title=${t("开账号")} onClose=${close}>
    <${Input} label=${t("用户名")} hint=${t("小写字母、数字、点和横线")} value=${login} onInput=${set("login")} wrong=${wrong("login")} autocomplete="off" data-first />
    <${Input} label=${t("姓名")} value=${called} onInput=${set("name")} wrong=${wrong("name")} autocomplete="off" />
    <${Choice} label=${t("角色")} value=${role} onChange=${set("role")} options=${ROLES.map((one) => [one, name(one)])} />
    ${bound && html`<${Input} label=${t(bound[1])} value=${input[bound[0]]} onInput=${set(bound[0])} wrong=${wrong(bound[0])} />`}
    <${Refusal} fault=${fault} compact />
    <${Act} kind="main" disabled=${!login || !called} run=${run}>${t("开账号，得到邀请链接")}<//>
  <//>`;
}

function Invited({ of: { login, invitation }, close }) {
  const link = `${location.origin}/desk#${new URLSearchParams({ invitation, login })}`;
  return html`<${Dialog} title=${t("邀请链接")} onClose=${close}>
    <p>${t("只发给 {login} 本人：三天内打开一次，自己设密码。这里只显示这一次。", { login })}</p>
    <label class="field"><span class="unseen">${t("邀请链接")}</span><input readonly value=${link} onFocus=${(event) => event.target.select()} /></label>
    ${navigator.clipboard && html`<${Act} kind="main" run=${() => navigator.clipboard.writeText(link).then(() => tell(t("链接已复制")))}>${t("复制链接")}<//>`}
  <//>`;
}
