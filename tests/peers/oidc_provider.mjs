// An authorization server: npm's `oidc-provider` with pages of its own, on the loopback.
//
//   node oidc_provider.mjs FOLDER '{"resource": "http://127.0.0.1:1/mcp", "life": 3600, …}'
//
// FOLDER is where `oidc-provider` is installed. Everything it has to tell goes to standard output as lines of
// JSON: first {"issuer": …}, then what happens. It ends when its standard input does.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const [folder, options] = process.argv.slice(2);
const { resource, life = 3600, scopes = ['tools:read', 'tools:write'], dpop = false, nonce = false,
  method = 'none', path = '', port = 0, clients = [], documents = {} } = JSON.parse(options);
const { default: Provider, errors } = await import(
  pathToFileURL(createRequire(join(folder, 'here.js')).resolve('oidc-provider')));

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
for (const level of ['info', 'warn']) console[level] = (...words) => say({ note: words.join(' ') });
process.stdin.on('end', () => process.exit()).resume();

let answer = (request, response) => response.end();
const server = createServer((request, response) => answer(request, response));
await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}${path}`;

const authentication = (client) => client.token_endpoint_auth_method;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'resource-server',
    client_secret: 'resource-server-secret',
    grant_types: [],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  }, ...clients],
  clientAuthMethods: [...new Set([method, 'client_secret_post', ...clients.map(authentication)])],
  clientDefaults: { id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: method },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  enabledJWA: { dPoPSigningAlgValues: ['ES256'] },
  features: {
    clientCredentials: { enabled: true },
    clientIdMetadataDocument: { ack: 'draft-02', enabled: Object.keys(documents).length > 0 },
    devInteractions: { enabled: false },
    dPoP: { enabled: dpop, nonceSecret: randomBytes(32), requireNonce: () => nonce },
    introspection: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_, wanted) {
        if (wanted !== resource) throw new errors.InvalidTarget();
        return { scope: scopes.join(' '), accessTokenFormat: 'opaque', accessTokenTTL: life };
      },
      useGrantedResource: () => true,
    },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
  },
  fetch: async (url) => Response.json(documents[url] ?? {}, { status: url in documents ? 200 : 404 }),
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_, interaction) => `${path}/interaction/${interaction.uid}` },
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  jwks: { keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    use: 'sig', alg: 'ES256' }] },
  pkce: { required: () => true },
  responseTypes: ['code'],
  rotateRefreshToken: true,
  scopes: [...scopes, 'offline_access'],
  ttl: { AccessToken: (_, token) => token.resourceServer?.accessTokenTTL ?? life, AuthorizationCode: 60,
    Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
});

const body = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
};

const page = (title, uid, inside) => `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,"><h1>${title}</h1><form method="post" action="${path}/interaction/${uid}">${inside}
<button name="answer" value="yes">Continue</button> <button name="answer" value="no">Cancel</button></form></html>`;

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function shown({ uid, prompt, params }) {
  if (prompt.name === 'login') return page('Sign in', uid, '<input name="account" value="bob">');
  const wanted = [params.client_id, params.scope, params.resource].map(escaped).join('</p><p>');
  return page('Consent', uid, `<p>${wanted}</p>`);
}

async function decided({ prompt, params, grantId, session }, { answer: said, account }) {
  if (said !== 'yes') return { error: 'access_denied', error_description: 'Bob said <no> & left' };
  if (prompt.name === 'login') return { login: { accountId: account } };
  const grant = grantId ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  for (const [indicator, missing] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(indicator, missing.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) {
    await next();
    return;
  }
  const details = await provider.interactionDetails(context.req, context.res);
  if (context.method === 'POST') {
    const result = await decided(details, await body(context.req));
    const there = await provider.interactionResult(context.req, context.res, result, { mergeWithLastSubmission: true });
    context.status = 303;
    context.redirect(there);
    return;
  }
  context.type = 'html';
  context.body = shown(details);
});

const of = ({ oidc }) => ({
  client: oidc.client?.clientId,
  grant: oidc.params?.grant_type,
  resource: oidc.params?.resource,
  scope: oidc.params?.scope,
});
for (const [event, name] of Object.entries({
  'grant.success': 'token',
  'registration_create.success': 'registration',
  'authorization.success': 'authorization',
})) provider.on(event, (context) => say({ event: name, ...of(context) }));
for (const event of ['grant.error', 'registration_create.error', 'authorization.error', 'server_error']) {
  provider.on(event, (context, error) => say({ event: 'error', ...of(context), error: error.error ?? error.message,
    detail: error.error_detail ?? error.error_description }));
}
for (const token of ['access_token', 'refresh_token']) {
  provider.on(`${token}.destroyed`, () => say({ event: 'revocation', token }));
}
provider.on('grant.revoked', () => say({ event: 'revocation', token: 'all' }));

const listener = provider.callback();
answer = (request, response) => {
  if (!request.url.startsWith(path)) {
    response.writeHead(404).end();
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(path.length) || '/';
  listener(request, response);
};
say({ issuer });
