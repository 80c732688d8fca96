/** One made-up secret per known kind. None opens anything. `hidden` is what must never come out. */
export interface Canary {
  readonly kind: string;
  readonly text: string;
  readonly hidden: string;
}

const PEM_BODY = 'MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi';
const JWT_HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';

const whole = (kind: string, text: string): Canary => ({ kind, text, hidden: text });
const within = (kind: string, hidden: string, text: (hidden: string) => string): Canary => ({
  kind,
  text: text(hidden),
  hidden,
});

export const CANARIES: readonly Canary[] = [
  whole('Anthropic API key', 'sk-ant-api03-canary0Zq8Yw3Lk2Jh5Gf6Ds7Ap9-QwErTyUiOp'),
  whole('OpenAI API key', 'sk-proj-canary1Zq8Yw3Lk2Jh5Gf6Ds7Ap9'),
  whole('old OpenAI API key', 'sk-canary2Zq8Yw3Lk2Jh5Gf6Ds7Ap9QwEr'),
  whole('GitHub token', 'ghp_canary3Zq8Yw3Lk2Jh5Gf6Ds7Ap9QwErTy'),
  whole('GitHub fine-grained token', 'github_pat_11canary4Zq8Yw3_Lk2Jh5Gf6Ds7Ap9QwErTyUiOp'),
  whole('GitLab token', 'glpat-canary5Zq8Yw3Lk2Jh5'),
  whole('AWS access key id', 'AKIAQ6CANARY6ZQ8YW3L'),
  whole('AWS secret access key', 'wJa7rXUtnFEMI/K7MDENG/bPxRfiCYzCANARY7KE'),
  whole('Slack token', 'xoxb-canary8-2345678901-Zq8Yw3Lk2Jh5'),
  whole('Slack webhook', 'https://hooks.slack.com/services/T0CANARY9/B0CANARY9/Zq8Yw3Lk2Jh5Gf6Ds7'),
  whole('Google API key', 'AIzaSyCanary10Zq8Yw3Lk2Jh5Gf6Ds7Ap9QwEr'),
  whole('JSON Web Token', `${JWT_HEADER}.eyJzdWIiOiJjYW5hcnkxMSJ9.Zq8Yw3Lk2Jh5Gf6Ds7Ap9QwErTy`),
  within(
    'PEM private key',
    PEM_BODY,
    (body) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`,
  ),
  within(
    'OpenSSH private key, cut off',
    'b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIcanary13',
    (body) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}`,
  ),
  within('bearer header', 'canary14.Zq8Yw3Lk2Jh5', (token) => `Authorization: Bearer ${token}`),
  within('basic header', 'Y2FuYXJ5MTU6aHVudGVyMg==', (token) => `authorization: Basic ${token}`),
  within('password assignment', 'canary16-hunter2', (value) => `password=${value}`),
  within('secret in JSON', 'canary17-hunter2', (value) => `{"client_secret": "${value}"}`),
  within('environment variable', 'canary18hunter2', (value) => `export DB_PASSWORD='${value}'`),
  within('flag', 'canary19hunter2', (value) => `deploy --api-key ${value} --verbose`),
  within(
    'credentials in a URL',
    'canary20hunter2',
    (value) => `postgres://app:${value}@db.internal:5432/app`,
  ),
  whole('npm token', 'npm_canary21Zq8Yw3Lk2Jh5Gf6Ds7Ap9QwErTy'),
  whole('Hugging Face token', 'hf_canary22Zq8Yw3Lk2Jh5Gf6Ds7Ap9Qw'),
  whole('Stripe key', 'sk_live_canary23Zq8Yw3Lk2Jh5Gf6'),
  whole('token of agent-monitor', 'amt_eyJzIjoiaW5nZXN0IiwicCI6ImMyNCJ9.canary24Zq8Yw3Lk2Jh5Gf'),
  whole('e-mail address', 'canary25.person@example.com'),
  within('cookie', 'canary26=Zq8Yw3Lk2Jh5', (value) => `Cookie: ${value}; theme=dark`),
  whole('SendGrid key', 'SG.canary27Zq8Yw3Lk2Jh5Gf.Ds7Ap9QwErTyUiOpZq8Yw3Lk2Jh5Gf6Ds7Ap9QwEr'),
];
