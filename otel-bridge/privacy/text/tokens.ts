import { REDACTED } from '../marker.ts';

/**
 * A word may begin here: start of text, a separator, an escape as JSON writes it (`\n`) or as URLs do (`%20`).
 * Written behind the literal, so that it is looked at only where the literal was found.
 */
const begins = (literal: string): string =>
  `${literal}(?<=(?:^|[^A-Za-z0-9]|\\\\[nrtbf]|\\\\u00[0-9a-f]{2}|%[0-9A-Fa-f]{2})${literal})`;

/**
 * Secrets that are known by their own shape. Every alternative ends in one open run of a single character class or
 * is bounded, so a match never costs more than the text it covers: the whole expression runs in linear time.
 */
const SHAPES: readonly string[] = [
  // Keys and certificates: to the end of the block, or of the text where it was cut.
  '-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)',
  'PuTTY-User-Key-File-[^]*',
  'AGE-SECRET-KEY-[0-9A-Z]{16,}',
  // Authorization headers wherever they are quoted; judged by `isCredential`.
  `${begins('[Bb][Ee][Aa][Rr][Ee][Rr]')}(?:[\\s+:="']|%20|\\\\"){1,6}[A-Za-z0-9._~+/=-]{6,}`,
  `${begins('[Bb][Aa][Ss][Ii][Cc]')}(?:[\\s+]|%20){1,4}[A-Za-z0-9+/=_-]{6,}`,
  // Base64 of a JSON object: JSON Web Tokens, registry logins, service accounts.
  'eyJ[A-Za-z0-9_-]{12,}(?:\\.[A-Za-z0-9_+/=-]{1,}){0,4}[A-Za-z0-9+/=_-]*',
  // Tokens of agent-monitor itself.
  'amt_[A-Za-z0-9_-]{6,}(?:\\.[A-Za-z0-9_-]{1,})?',
  // Model providers.
  `${begins('sk')}[-_][A-Za-z0-9_-]{12,}`,
  `${begins('pk-lf')}-[A-Za-z0-9-]{12,}`,
  `${begins('[rsp]k_(?:live|test|prod)')}_[A-Za-z0-9]{8,}`,
  'AIza[A-Za-z0-9_-]{20,}',
  'ya29\\.[A-Za-z0-9_-]{12,}',
  'GOCSPX-[A-Za-z0-9_-]{12,}',
  `${begins('1\\/\\/0')}[A-Za-z0-9_-]{20,}`,
  `${begins('hf')}_[A-Za-z0-9]{16,}`,
  `${begins('gsk')}_[A-Za-z0-9]{16,}`,
  `${begins('xai')}-[A-Za-z0-9_-]{16,}`,
  `${begins('r8')}_[A-Za-z0-9]{16,}`,
  `${begins('pplx')}-[A-Za-z0-9]{16,}`,
  `${begins('nvapi')}-[A-Za-z0-9_-]{16,}`,
  `${begins('fw')}_[A-Za-z0-9]{20,}`,
  `${begins('tvly')}-[A-Za-z0-9_-]{16,}`,
  'lsv2_[a-z]{2}_[A-Za-z0-9_]{16,}',
  // Forges, registries, package managers.
  'gh[pousr]_[A-Za-z0-9]{16,}',
  'github_pat_[A-Za-z0-9_]{16,}',
  `${begins('gl(?:pat|dt|rt|ptt|cbt|oas|soat|ft|imt|agent|ffct)')}-[A-Za-z0-9_.=-]{12,}`,
  'npm_[A-Za-z0-9]{16,}',
  `${begins('pypi')}-[A-Za-z0-9_-]{16,}`,
  'rubygems_[a-f0-9]{16,}',
  'dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}',
  'ATATT3[A-Za-z0-9_=-]{16,}',
  `${begins('ATBB')}[A-Za-z0-9]{24,}`,
  'ATCTT3[A-Za-z0-9_=-]{16,}',
  // Clouds and services.
  `${begins('(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)')}[A-Z0-9]{12,}`,
  'do[opr]_v1_[a-f0-9]{16,}',
  `${begins('dapi')}[a-f0-9]{28,}`,
  `${begins('dp\\.(?:pt|st|ct|sa|scim|audit)')}\\.[A-Za-z0-9_.]{16,}`,
  `${begins('hv[sbr]')}\\.[A-Za-z0-9_-]{16,}`,
  `${begins('SG')}\\.[A-Za-z0-9_-]{12,}\\.[A-Za-z0-9_-]{12,}`,
  `${begins('xox[abceoprs]')}-[A-Za-z0-9-]{8,}`,
  `${begins('xapp')}-[A-Za-z0-9-]{8,}`,
  'hooks\\.slack\\.com\\/(?:services|workflows|triggers)\\/[A-Za-z0-9/_-]{8,}',
  'discord(?:app)?\\.com\\/api\\/webhooks\\/[0-9]{5,25}\\/[A-Za-z0-9_-]{8,}',
  `${begins('[MNO][A-Za-z0-9_-]{23,27}')}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}`,
  `${begins('[0-9]{8,10}:AA')}[A-Za-z0-9_-]{30,}`,
  'shp(?:at|ss|ca|pa|tka)_[A-Fa-f0-9]{16,}',
  `${begins('sq0(?:atp|csp|idp)')}-[A-Za-z0-9_-]{16,}`,
  `${begins('whsec')}_[A-Za-z0-9+/=]{12,}`,
  `${begins('SK')}[0-9a-f]{32}`,
  `${begins('key')}-[0-9a-f]{32}`,
  'lin_(?:api|oauth)_[A-Za-z0-9]{16,}',
  `${begins('ntn')}_[A-Za-z0-9]{20,}`,
  'fig[do]_[A-Za-z0-9_-]{16,}',
  'gl(?:sa|c)_[A-Za-z0-9_+/=-]{16,}',
  `${begins('NR(?:AK|AA|JS|II)')}-[A-Za-z0-9]{16,}`,
  `${begins('PMAK')}-[A-Za-z0-9-]{16,}`,
  `${begins('tskey')}-[A-Za-z0-9-]{12,}`,
  'sntry[su]_[A-Za-z0-9_+/=-]{16,}',
  `${begins('phc')}_[A-Za-z0-9]{20,}`,
  `${begins('sbp')}_[a-f0-9]{20,}`,
  `${begins('pscale')}_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{16,}`,
];

const TOKEN = new RegExp(SHAPES.join('|'), 'g');
const SCHEME = /^(?:bearer|basic)(?:[\s+:="']|%20|\\")+/i;
const DIGIT = /[0-9]/;
const PROSE = /^[a-z]+(?:-[a-z]+)*$/;

/** Replaces every secret that is known by its shape; the scheme of an authorization header stays. */
export function redactTokens(text: string): string {
  return text.replace(TOKEN, (match) => {
    const scheme = SCHEME.exec(match)?.[0];
    if (scheme !== undefined) {
      return isCredential(scheme, match.slice(scheme.length)) ? `${scheme}${REDACTED}` : match;
    }
    // `sk-learn-contrib-something` is a name: keys of this shape hold digits.
    if (match.startsWith('sk') && !DIGIT.test(match)) return match;
    return REDACTED;
  });
}

/** Tells `Bearer 8f3a...` from "bearer authentication". */
function isCredential(scheme: string, value: string): boolean {
  if (/^bearer/i.test(scheme)) return DIGIT.test(value) || value.length >= 24 || !PROSE.test(value);
  const decoded = Buffer.from(value, 'base64').toString('latin1');
  return decoded.includes(':') || (DIGIT.test(value) && value.length >= 12);
}
