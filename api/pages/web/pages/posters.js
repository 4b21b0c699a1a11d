// Posters: a guide's own with what they brought, a store's for each of its guides, the brand's in batches.
import { ask, session } from "../ask.js";
import { Act, Badge, Choice, Empty, Filters, Head, Pages, Part, Picture, Refusal, here, html, moment, t, tell, useAsk, useEffect, useSignalLater, useState } from "../kit.js";
import { name } from "../words.js";

const SCENES = ["MOMENTS", "COMMUNITY", "ONE_TO_ONE", "IN_STORE"];
const pathOf = (address) => new URL(address).pathname;

export default function Posters({ ops }) {
  const { role } = session.value.viewer;
  if (role === "GUIDE") return html`<${Mine} ops=${ops} />`;
  return role === "STORE_MANAGER" ? html`<${ForStore} ops=${ops} />` : html`<${Batches} ops=${ops} />`;
}

function Mine({ ops }) {
  const empty = html`<${Empty} action=${html`<a class="button main" href="/desk/share">${t("做第一张")}</a>`}>${t("还没有海报。")}<//>`;
  return html`<${Head} title=${t("我的海报")}><a class="button" href="/desk/share">${t("再做一张")}</a><//>
    <${Pages} operation=${ops.Posters} of=${(data) => data.ownLinkSales} empty=${empty}>${(nodes) => html`<ul class="grid">${nodes.map(({ link: one, orders, net }) => html`<li key=${one.code} class="tile">
      <${Picture} asset=${{ url: pathOf(one.posterUrl) }} alt=${t("{kind} {id} 的海报", { kind: name(one.target.kind), id: one.target.id })} ratio="3 / 4" className="whole" />
      <strong>${t("{n} 次访问", { n: one.touchCount })}</strong><span>${t("{n} 单，{sum}", { n: orders, sum: net.text })}</span><small>${name(one.target.kind)} · ${name(one.scene)} · ${moment(one.createdAt)}</small>
      <a class="button" href=${pathOf(one.posterUrl)} download=${`${one.code}.jpg`}>${t("下载海报")}</a></li>`)}</ul>`}<//>`;
}

// What is drawn and for where; `chosen` hears the target of a link.
function Target({ ops, scene, setScene, target, choose }) {
  const { what = "PRODUCT" } = here.value.query;
  const [typed, setTyped] = useState("");
  const words = useSignalLater(typed.trim(), 300) || null;
  const products = useAsk(ops.PostersProducts, { words }, { skip: what !== "PRODUCT" });
  const posts = useAsk(ops.PostersPosts, { text: words, scene }, { skip: what !== "POST" });
  const found = (what === "PRODUCT" ? products.data?.products.nodes : posts.data?.posts.nodes) ?? [];
  const titled = found.map((one) => ({ kind: what, targetId: one.id, title: one.name ?? one.revision.title, picture: one.pictures?.[0] ?? one.revision?.cover }));
  return html`<section class="card stack" aria-label=${t("画什么")}><div class="row"><${Filters} name="what" label=${t("分享什么")} options=${[["PRODUCT", t("商品")], ["POST", t("内容")]]} />
      <input class="grow" type="search" aria-label=${t("搜索")} placeholder=${t("搜索")} value=${typed} onInput=${(event) => setTyped(event.target.value)} />
      <${Choice} label=${t("发到哪里")} value=${scene} onChange=${setScene} options=${SCENES.map((one) => [one, name(one)])} /></div>
    <${Refusal} fault=${products.error ?? posts.error} />
    <ul class="grid">${titled.map((one) => html`<li key=${one.targetId}><button type="button" class="tile pick" aria-pressed=${target?.targetId === one.targetId} aria-current=${target?.targetId === one.targetId ? "true" : undefined} onClick=${() => choose(one)}><${Picture} asset=${one.picture} alt="" ratio="3 / 4" /><span>${one.title}</span></button></li>`)}</ul></section>`;
}

const inputOf = ({ kind, targetId }, scene) => ({ kind, targetId, scene });

// One poster for each guide of the store, drawn one after the other.
function ForStore({ ops }) {
  const guides = useAsk(ops.PostersGuides, { store: session.value.viewer.storeId });
  const [scene, setScene] = useState("MOMENTS");
  const [target, choose] = useState(null);
  const [made, setMade] = useState([]);
  const active = (guides.data?.guides.nodes ?? []).filter((one) => one.active).map((one) => one.guide);
  useEffect(() => setMade([]), [target, scene]);
  async function make() {
    const links = [];
    for (const guide of active) {
      const { shareLinkCreate } = await ask(ops.PostersLink, { input: { ...inputOf(target, scene), guideId: guide.id } });
      links.push({ guide, ...shareLinkCreate.shareLink });
      setMade([...links]);
    }
    tell(t("{n} 张海报做好了", { n: links.length }));
  }
  return html`<${Head} title=${t("海报")} />
    <${Target} ops=${ops} scene=${scene} setScene=${setScene} target=${target} choose=${choose} />
    <${Part} of=${guides}>${() => html`<div class="row"><${Act} kind="main" disabled=${!target || !active.length} run=${make}>${t("给全店 {n} 位导购做", { n: active.length })}<//>
      ${made.length > 0 && html`<progress value=${made.length} max=${active.length} aria-label=${t("进度")}></progress>`}</div>
      ${made.length > 0 && html`<ul class="grid">${made.map((one) => html`<li key=${one.code} class="tile"><${Picture} asset=${{ url: pathOf(one.posterUrl) }} alt=${t("{name} 的海报", { name: one.guide.name })} ratio="3 / 4" className="whole" /><strong>${one.guide.name}</strong>
        <a class="button" href=${pathOf(one.posterUrl)} download=${`${one.guide.name}-${one.code}.jpg`}>${t("下载海报")}</a></li>`)}</ul>`}`}<//>`;
}

const TONES = { RUNNING: "info", DONE: "good", FAILED: "danger", CANCELLED: "" };
const WORDS = { RUNNING: "正在做", DONE: "做好了", FAILED: "做不了", CANCELLED: "已取消" };

function Batches({ ops }) {
  const regions = useAsk(ops.PostersRegions);
  const [scene, setScene] = useState("MOMENTS");
  const [target, choose] = useState(null);
  const [region, setRegion] = useState("");
  const [turn, setTurn] = useState(0);
  const order = async () => {
    await ask(ops.PostersOrder, { input: { link: inputOf(target, scene), regionId: region || null } });
    tell(t("开始做了"));
    setTurn(turn + 1);
  };
  return html`<${Head} title=${t("海报")} />
    <${Target} ops=${ops} scene=${scene} setScene=${setScene} target=${target} choose=${choose} />
    <div class="row"><${Choice} label=${t("给谁做")} value=${region} onChange=${setRegion} options=${[["", t("全国的导购")], ...(regions.data?.regions.nodes ?? []).map((one) => [one.id, one.name])]} />
      <${Act} kind="main" disabled=${!target} run=${order}>${t("给每位导购做一张")}<//></div>
    <${Pages} key=${turn} operation=${ops.PostersBatches} of=${(data) => data.posterBatches} empty=${t("还没有做过。")}>${(nodes, again) => html`<${Progress} nodes=${nodes} again=${again} cancel=${(id) => ask(ops.PostersCancel, { id }).then(again)} />`}<//>`;
}

// Asked again while something is being made.
function Progress({ nodes, again, cancel }) {
  const running = nodes.some((one) => one.state === "RUNNING");
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(again, 2000);
    return () => clearTimeout(timer);
  }, [nodes]);
  return html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><div class="row apart"><strong>${name(one.target.kind)} ${one.target.id}</strong><${Badge} tone=${TONES[one.state]}>${t(WORDS[one.state])}<//></div>
    <div class="row"><progress value=${one.made} max=${one.total || 1} aria-label=${t("进度")}></progress><span>${one.made} / ${one.total}</span><small>${moment(one.createdAt)}</small></div>
    ${one.why && html`<p lang="en">${one.why}</p>`}
    <div class="row">${one.archives.map((address, place) => html`<a class="button" href=${new URL(address).pathname + new URL(address).search} download>${t("下载第 {n} 包", { n: place + 1 })}</a>`)}
      ${one.state === "RUNNING" && html`<${Act} kind="harm" run=${() => cancel(one.id)}>${t("停下")}<//>`}</div></li>`)}</ul>`;
}
