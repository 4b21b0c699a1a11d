// What is tried with the client of docs/mini-program.md after all that the page itself does.
await until(() => heard.length > 0);
close();
const found = { first: order.id, again: again.id, heard: heard[0] };

wx.losing = 1;
const lost = { ...variables, key: newKey() };
found.lost = (await askUntilAnswered(place, lost, [10])).orderPlace.order.id;
found.same = (await ask(place, lost)).orderPlace.order.id;

found.refused = await ask(place, { ...variables, key: newKey(), input: { ...input, storeId: "NONE" } })
  .then(() => "taken", (refusal) => refusal.code);
found.broken = await ask("{ nothingOfTheKind }").then(() => "taken", (refusal) => refusal.code);

const hello = "{ viewer { role } }";
found.hashed = [await askByHash(hello, HASH), await askByHash(hello, HASH)].map((one) => one.viewer.role);
found.texts = wx.sent.filter((one) => one.query === hello).length;

files["wxfile://coat.jpg"] = Uint8Array.from(PICTURE);
const store = "mutation($file: Upload!) { assetUpload(file: $file) { asset { id } userErrors { code message } } }";
found.uploaded = (await upload(store, "wxfile://coat.jpg")).assetUpload.asset.id;

// Two that renew at once have one pair; a session that has ended leaves a stranger.
stored.pair.expiresAt = new Date().toISOString();
const [one, other] = await Promise.all([token(), token()]);
found.renewed = one === other && Date.parse(stored.pair.expiresAt) > Date.now();
stored.pair = { accessToken: "x", refreshToken: "nobody's", expiresAt: new Date().toISOString() };
found.ended = await token();
return found;
