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

function Form() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  // Only an account with a second factor is asked for the code, and then until it is right.
  const asked = totp !== "" || fault?.errors?.some((one) => one.field?.includes("code"));
  async function send(event) {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    await enter({ login, password, totp: totp || null }).catch(setFault);
    setBusy(false);
  }
  return html`<form class="stack" onSubmit=${send} onKeyDown=${(event) =>
    event.key === "Enter" && !entered(event) && event.preventDefault()}>
    <${Input} label=${t("用户名")} value=${login} onInput=${setLogin} autocomplete="username" required />
    <${Input} label=${t("密码")} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" required />
    ${asked && html`<${Input} label=${t("动态验证码")} value=${totp} onInput=${setTotp} inputmode="numeric" autocomplete="one-time-code" required />`}
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
  const [welcome, setWelcome] = useState(again ? null : invited());
  const inner = welcome ? html`<${Welcome} ...${welcome} done=${() => setWelcome(null)} />` : html`
    ${people.length > 0 && html`<section class="people" aria-label=${t("演示人物")}>
      ${!again && html`<h2>${t("演示：点一下就以此身份进入")}</h2>`}
      ${people.map((one) => html`<${Act} run=${() => enter(one)}><span>${one.name}</span><small>${name(one.role)}</small><//>`)}
    </section>`}
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
