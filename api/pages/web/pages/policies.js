// Policies: what cities and stores may change of the brand's face, and what a change of that would take from them.
import { ask } from "../ask.js";
import { Act, Badge, Boxes, Head, Input, Pages, Part, html, t, tell, useAsk, useMemo, useSignalLater, useState } from "../kit.js";

const KINDS = { BANNER: "横幅", PRODUCT_SHELF: "商品货架", CONTENT_SHELF: "内容货架", COUNTDOWN: "倒计时", GUIDE_CARD: "导购名片", STORE_CARD: "门店名片", NOTICE: "公告", COUPON_SLOT: "优惠券" };
const RULES = { LOCKED_MODULE: "动了锁住的模块", MODULE_KINDS: "用了不许用的模块", MOST_MODULES: "自己的模块太多", MOST_FEATURED: "主推的商品太多", HIDING_MODULES: "藏了不许藏的模块", HIDING_PRODUCTS: "藏了商品" };
const LEVELS = [["region", "城市可以"], ["store", "门店可以"]];

export default function Policies({ ops }) {
  const found = useAsk(ops.Policies);
  return html`<${Head} title=${t("装修规定")} />
    <${Part} of=${found}>${({ facePolicy, layer }) => html`<${Rules} key=${facePolicy.version} ops=${ops} now=${facePolicy} modules=${layer?.published?.said.modules ?? []} again=${found.again} />`}<//>`;
}

function Rules({ ops, now: { version, ...now }, modules, again }) {
  const [policy, set] = useState(now);
  const changed = JSON.stringify(policy) !== JSON.stringify(now);
  // A module of an earlier face that is locked stays in the list.
  const keys = [...new Set([...modules.map((one) => one.key), ...now.locked])];
  const called = (key) => modules.find((one) => one.key === key)?.title || key;
  const save = () => ask(ops.PoliciesSet, { input: inputOf(policy), version }).then(() => (tell(t("规定改好了，马上管用")), again()));
  return html`<div class="split"><div class="stack">
      ${LEVELS.map(([level, words]) => html`<${Level} key=${level} title=${t(words)} of=${policy[level]} change=${(what) => set({ ...policy, [level]: { ...policy[level], ...what } })} />`)}
      <section class="card stack"><h2>${t("锁住的模块")}</h2><p class="faint">${t("锁住的只听总部的，城市和门店说什么都不算。")}</p>
        <${Boxes} legend=${t("全国那一层的模块")} options=${keys.map((key) => [key, called(key)])} chosen=${policy.locked} onChange=${(locked) => set({ ...policy, locked })} /></section></div>
    <section class="pane" aria-label=${t("会动到谁")}><h2>${t("会动到谁")}</h2>
      ${changed ? html`<${Reach} ops=${ops} policy=${policy} />` : html`<p class="faint">${t("改一条规定，这里就会说哪些城市和门店已经发布的会不合规定。")}</p>`}
      <${Act} kind="main" disabled=${!changed} run=${save}>${t("照这样规定")}<//></section></div>`;
}

const inputOf = ({ locked, region, store }) => ({ locked, region: { ...region, mostModules: Number(region.mostModules), mostFeatured: Number(region.mostFeatured) }, store: { ...store, mostModules: Number(store.mostModules), mostFeatured: Number(store.mostFeatured) } });

function Level({ title, of, change }) {
  const number = (key, label) => html`<${Input} label=${label} type="number" min="0" max="100" inputmode="numeric" value=${of[key]} onInput=${(value) => change({ [key]: value })} />`;
  const may = (key, label) => html`<label class="row"><input type="checkbox" checked=${of[key]} onChange=${(event) => change({ [key]: event.target.checked })} />${label}</label>`;
  return html`<section class="card stack"><h2>${title}</h2>
    <div class="form">${number("mostModules", t("自己加的模块最多几个"))}${number("mostFeatured", t("主推商品最多几款"))}</div>
    ${may("mayHideModules", t("藏起总部的模块"))}${may("mayHideProducts", t("藏起商品"))}
    <${Boxes} legend=${t("加这些模块")} options=${Object.entries(KINDS).map(([kind, words]) => [kind, t(words)])} chosen=${of.kinds} onChange=${(kinds) => change({ kinds })} /></section>`;
}

// What is published and would break the rules as they stand in the form, a moment after the last change.
function Reach({ ops, policy }) {
  const late = useSignalLater(JSON.stringify(inputOf(policy)), 300);
  const input = useMemo(() => JSON.parse(late), [late]);
  return html`<${Pages} operation=${ops.PoliciesReach} variables=${{ input }} of=${(data) => data.facePolicyReach} empty=${t("没有已经发布的会不合规定。")}>${(nodes) => html`<ul class="stack">${nodes.map((one) => html`<li key=${one.layer.id}>
    <a href=${`/desk/storefront?${new URLSearchParams(one.layer.level === "STORE" ? { store: one.layer.ownerId, layer: one.layer.id } : { layer: one.layer.id })}`}>${one.layer.level === "STORE" ? t("门店") : t("城市")} ${one.layer.ownerId}</a>
    <span class="row">${one.rules.map((rule) => html`<${Badge} tone="warn" key=${rule}>${t(RULES[rule])}<//>`)}</span></li>`)}</ul>`}<//>`;
}
