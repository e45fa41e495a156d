// A real OpenID Connect issuer for the walks: whoever gives a name at its login form is
// that person. It is certified software (oidc-provider); nothing of it is ours but who
// may ask.
import http from 'node:http';
import Provider from 'oidc-provider';

/** Starts an issuer for the site at an address. */
export async function startIssuer(home) {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
    clients: [{ client_id: 'karvan', client_secret: 'a secret of the test', redirect_uris: [`${home}/auth/callback`], grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, email: `${id.toLowerCase()}@example.org`, email_verified: true }) }),
    cookies: { keys: ['of the test'] },
  });
  server.on('request', provider.callback());
  return { url, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}
