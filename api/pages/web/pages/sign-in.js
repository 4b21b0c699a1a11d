// Signing in: by name and password, or in the demo as anybody by one click.
import { ask, operations, session, signedIn, start } from "../ask.js";
import { Act, Input, Refusal, entered, html, t, useEffect, useState } from "../kit.js";
import { lang, name, speak } from "../words.js";

const STRANGER = { stranger: true };

async function enter(person) {
  const ops = await operations("sign-in");
  if (person.code) {
    const { guideSignIn } = await ask(ops.GuideSignIn, { code: person.code }, STRANGER);
    return signedIn(guideSignIn);
  }
  const { login, password, totp: code = null } = person;
  const device = session.value.device ?? null;
  const { staffSignIn } = await ask(ops.StaffSignIn, { login, password, device, code }, STRANGER);
  return signedIn(staffSignIn);
}

// Single sign-on: the provider sends the browser back to the desk; what it began with stays in this tab.
const ATTEMPT = "qianmian.sign-on";

async function signOn() {
  const ops = await operations("sign-in");
  const { staffSignOnStart: { url, attempt } } = await ask(ops.SignOnStart, {}, STRANGER);
  sessionStorage.setItem(ATTEMPT, attempt);
  location.assign(url);
}

async function signedOn({ state, code }) {
  const attempt = sessionStorage.getItem(ATTEMPT);
  sessionStorage.removeItem(ATTEMPT);
  history.replaceState({}, "", "/desk");
  const ops = await operations("sign-in");
  const { staffSignOnFinish } = await ask(ops.SignOnFinish, { attempt, state, code }, STRANGER);
  signedIn(staffSignOnFinish);
}

// Where a provider has sent the browser back to, with what it began with; else null.
function cameBack() {
  const { state, code } = Object.fromEntries(new URLSearchParams(location.search));
  return state && code && sessionStorage.getItem(ATTEMPT) ? { state, code } : null;
}

// Whose role needs a second factor and has none yet begins one here.
function Enrol({ login, password, done }) {
  const [secret, setSecret] = useState(null);
  const [code, setCode] = useState("");
  async function begin() {
    const ops = await operations("sign-in");
    setSecret((await ask(ops.EnrolStart, { login, password }, STRANGER)).secondFactorEnrol);
  }
  async function confirm() {
    const ops = await operations("sign-in");
    await ask(ops.EnrolConfirm, { login, password, code }, STRANGER);
    done();
  }
  return html`<section class="card stack"><h2>${t("您的角色要用动态验证码登录")}</h2>
    ${!secret ? html`<p>${t("请先准备一个验证器应用，再开始绑定。")}</p><${Act} kind="main" run=${begin}>${t("开始绑定")}<//>` : html`
      <p>${t("把这个密钥加到验证器应用里，只显示这一次：")}</p><p><code>${secret.secret}</code></p><p><a href=${secret.uri}>${t("在这台设备的验证器里打开")}</a></p>
      <${Input} label=${t("验证器现在显示的六位数字")} value=${code} onInput=${setCode} inputmode="numeric" autocomplete="one-time-code" />
      <${Act} kind="main" disabled=${code.length !== 6} run=${confirm}>${t("绑定")}<//>`}</section>`;
}

function Form() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  // Only an account with a second factor is asked for the code, and then until it is right.
  const [enrolled, setEnrolled] = useState(false);
  const enrols = fault?.code === "WRONG_STATE";
  const asked = enrolled || totp !== "" || fault?.errors?.some((one) => one.field?.includes("code"));
  async function send(event) {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    await enter({ login, password, totp: totp || null }).catch(setFault);
    setBusy(false);
  }
  if (enrols) return html`<${Enrol} login=${login} password=${password} done=${() => (setFault(null), setEnrolled(true))} />`;
  return html`<form class="stack" onSubmit=${send} onKeyDown=${(event) =>
    event.key === "Enter" && !entered(event) && event.preventDefault()}>
    <${Input} label=${t("用户名")} value=${login} onInput=${setLogin} autocomplete="username" required />
    <${Input} label=${t("密码")} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" required />
    ${asked && html`<${Input} label=${t("动态验证码")} value=${totp} onInput=${setTotp} inputmode="numeric" autocomplete="one-time-code" required />`}
    ${enrolled && html`<p>${t("绑好了。等验证器换下一个数字，再用它登录。")}</p>`}
    <${Refusal} fault=${fault} />
    <button class="main" aria-busy=${busy}>${t("登录")}</button>
  </form>`;
}

// An invitation stands behind the address's #, which no server and no log ever sees.
const invited = () => {
  const { invitation, login } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return invitation ? { invitation, login } : null;
};

function Welcome({ invitation, login = "", done }) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState(null);
  async function choose(event) {
    event.preventDefault();
    setFault(null);
    try {
      const ops = await operations("sign-in");
      const { staffInvitationAccept: { staff } } = await ask(ops.InvitationAccept, { invitation, password }, STRANGER);
      history.replaceState({}, "", "/desk");
      await enter({ login: staff.login, password }).catch(done);
    } catch (found) {
      setFault(found);
    }
  }
  return html`<form class="stack" onSubmit=${choose}><h2>${t("您受邀使用工作台，请设一个密码")}</h2>
    <${Input} label=${t("用户名")} value=${login} onInput=${() => {}} readonly autocomplete="username" />
    <${Input} label=${t("新密码")} type="password" hint=${t("至少 10 个字符")} value=${password} onInput=${setPassword} autocomplete="new-password" required />
    <${Input} label=${t("再写一遍")} type="password" value=${again} onInput=${setAgain} autocomplete="new-password" required />
    <${Refusal} fault=${fault} />
    <button class="main" disabled=${!password || password !== again}>${t("设好密码，进入")}</button></form>`;
}

// `again` is whoever's session ended: they alone come back to their page by one click.
export function SignIn({ again }) {
  const people = start.people.filter((one) => one.role !== "MEMBER" && (!again || one.role === again.role));
  useEffect(() => {
    if (!again) document.title = t("千面");
  }, []);
  const [back] = useState(again ? null : cameBack());
  const [fault, setFault] = useState(null);
  useEffect(() => void (back && signedOn(back).catch(setFault)), []);
  const [welcome, setWelcome] = useState(again ? null : invited());
  const inner = welcome ? html`<${Welcome} ...${welcome} done=${() => setWelcome(null)} />` : html`
    ${people.length > 0 && html`<section class="people" aria-label=${t("演示人物")}>
      ${!again && html`<h2>${t("演示：点一下就以此身份进入")}</h2>`}
      ${people.map((one) => html`<${Act} run=${() => enter(one)}><span>${one.name}</span><small>${name(one.role)}</small><//>`)}
    </section>`}
    <${Refusal} fault=${fault} />
    ${start.signOn && html`<${Act} run=${signOn}>${t("用公司账号登录")}<//>`}
    <${Form} />`;
  if (again) return html`<div class="stack">${inner}</div>`;
  return html`<main class="enter"><div>
    <header class="row apart"><h1>${t("千面")} <span class="faint">${t("工作台")}</span></h1>
      <button type="button" class="plain" onClick=${() => speak(lang.value === "en" ? "zh" : "en")}>${lang.value === "en" ? "中文" : "English"}</button>
    </header>
    ${inner}
    <p><a href="/mall">${t("看看顾客的小商城")}</a> · <a href="/graphql">GraphQL</a></p>
  </div></main>`;
}

export default SignIn;
