import { REDACTED } from '../marker.ts';

/**
 * A word may begin here: start of text, a separator, an escape as JSON writes it (`\n`) or as URLs do (`%20`).
 * Written behind the literal, so that it is looked at only where the literal was found.
 */
const begins = (literal: string): string =>
  `${literal}(?<=(?:^|[^A-Za-z0-9]|\\\\[nrtbf]|\\\\u00[0-9a-f]{2}|%[0-9A-Fa-f]{2})${literal})`;

/**
 * What every match of a shape holds, one of these words in letters of either case, and its expression. A shape without
 * words matches nothing as short as plain texts are (plain-text.ts).
 */
export type Shape = readonly [words: string, pattern: string];

/** `SK` alone stands in too many words. */
const SK_AND_HEX = [...'0123456789abcdef'].map((digit) => `sk${digit}`).join(' ');

/**
 * Secrets that are known by their own shape. Every alternative ends in one open run of a single character class or
 * is bounded, so a match never costs more than the text it covers: the whole expression runs in linear time.
 */
export const SHAPES: readonly Shape[] = [
  // Keys and certificates: to the end of the block, or of the text where it was cut.
  [
    '-----begin',
    '-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)',
  ],
  ['putty-user-key-file-', 'PuTTY-User-Key-File-[^]*'],
  ['age-secret-key-', 'AGE-SECRET-KEY-[0-9A-Z]{16,}'],
  // Authorization headers wherever they are quoted; judged by `isCredential`.
  ['bearer', `${begins('[Bb][Ee][Aa][Rr][Ee][Rr]')}(?:[\\s+:="']|%20|\\\\"){1,6}[A-Za-z0-9._~+/=-]{6,}`],
  ['basic', `${begins('[Bb][Aa][Ss][Ii][Cc]')}(?:[\\s+]|%20){1,4}[A-Za-z0-9+/=_-]{6,}`],
  // Base64 of a JSON object: JSON Web Tokens, registry logins, service accounts.
  ['eyj', 'eyJ[A-Za-z0-9_-]{12,}(?:\\.[A-Za-z0-9_+/=-]{1,}){0,4}[A-Za-z0-9+/=_-]*'],
  // Tokens of agent-monitor itself.
  ['amt_', 'amt_[A-Za-z0-9_-]{6,}(?:\\.[A-Za-z0-9_-]{1,})?'],
  // Model providers.
  ['sk- sk_', `${begins('sk')}[-_][A-Za-z0-9_-]{12,}`],
  ['pk-lf-', `${begins('pk-lf')}-[A-Za-z0-9-]{12,}`],
  ['k_live_ k_test_ k_prod_', `${begins('[rsp]k_(?:live|test|prod)')}_[A-Za-z0-9]{8,}`],
  ['aiza', 'AIza[A-Za-z0-9_-]{20,}'],
  ['ya29.', 'ya29\\.[A-Za-z0-9_-]{12,}'],
  ['gocspx-', 'GOCSPX-[A-Za-z0-9_-]{12,}'],
  ['1//0', `${begins('1\\/\\/0')}[A-Za-z0-9_-]{20,}`],
  ['hf_', `${begins('hf')}_[A-Za-z0-9]{16,}`],
  ['gsk_', `${begins('gsk')}_[A-Za-z0-9]{16,}`],
  ['xai-', `${begins('xai')}-[A-Za-z0-9_-]{16,}`],
  ['r8_', `${begins('r8')}_[A-Za-z0-9]{16,}`],
  ['pplx-', `${begins('pplx')}-[A-Za-z0-9]{16,}`],
  ['nvapi-', `${begins('nvapi')}-[A-Za-z0-9_-]{16,}`],
  ['fw_', `${begins('fw')}_[A-Za-z0-9]{20,}`],
  ['tvly-', `${begins('tvly')}-[A-Za-z0-9_-]{16,}`],
  ['lsv2_', 'lsv2_[a-z]{2}_[A-Za-z0-9_]{16,}'],
  // Forges, registries, package managers.
  ['ghp_ gho_ ghu_ ghs_ ghr_', 'gh[pousr]_[A-Za-z0-9]{16,}'],
  ['github_pat_', 'github_pat_[A-Za-z0-9_]{16,}'],
  [
    'glpat- gldt- glrt- glptt- glcbt- gloas- glsoat- glft- glimt- glagent- glffct-',
    `${begins('gl(?:pat|dt|rt|ptt|cbt|oas|soat|ft|imt|agent|ffct)')}-[A-Za-z0-9_.=-]{12,}`,
  ],
  ['npm_', 'npm_[A-Za-z0-9]{16,}'],
  ['pypi-', `${begins('pypi')}-[A-Za-z0-9_-]{16,}`],
  ['rubygems_', 'rubygems_[a-f0-9]{16,}'],
  ['dckr_', 'dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}'],
  ['atatt3', 'ATATT3[A-Za-z0-9_=-]{16,}'],
  ['atbb', `${begins('ATBB')}[A-Za-z0-9]{24,}`],
  ['atctt3', 'ATCTT3[A-Za-z0-9_=-]{16,}'],
  // Clouds and services.
  ['akia asia abia acca aroa aida', `${begins('(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)')}[A-Z0-9]{12,}`],
  ['doo_v1_ dop_v1_ dor_v1_', 'do[opr]_v1_[a-f0-9]{16,}'],
  ['dapi', `${begins('dapi')}[a-f0-9]{28,}`],
  ['dp.', `${begins('dp\\.(?:pt|st|ct|sa|scim|audit)')}\\.[A-Za-z0-9_.]{16,}`],
  ['hvs. hvb. hvr.', `${begins('hv[sbr]')}\\.[A-Za-z0-9_-]{16,}`],
  ['sg.', `${begins('SG')}\\.[A-Za-z0-9_-]{12,}\\.[A-Za-z0-9_-]{12,}`],
  ['xox', `${begins('xox[abceoprs]')}-[A-Za-z0-9-]{8,}`],
  ['xapp-', `${begins('xapp')}-[A-Za-z0-9-]{8,}`],
  ['hooks.slack.com', 'hooks\\.slack\\.com\\/(?:services|workflows|triggers)\\/[A-Za-z0-9/_-]{8,}'],
  ['discord', 'discord(?:app)?\\.com\\/api\\/webhooks\\/[0-9]{5,25}\\/[A-Za-z0-9_-]{8,}'],
  ['', `${begins('[MNO][A-Za-z0-9_-]{23,27}')}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}`],
  [':aa', `${begins('[0-9]{8,10}:AA')}[A-Za-z0-9_-]{30,}`],
  ['shpat_ shpss_ shpca_ shppa_ shptka_', 'shp(?:at|ss|ca|pa|tka)_[A-Fa-f0-9]{16,}'],
  ['sq0', `${begins('sq0(?:atp|csp|idp)')}-[A-Za-z0-9_-]{16,}`],
  ['whsec_', `${begins('whsec')}_[A-Za-z0-9+/=]{12,}`],
  [SK_AND_HEX, `${begins('SK')}[0-9a-f]{32}`],
  ['key-', `${begins('key')}-[0-9a-f]{32}`],
  ['lin_', 'lin_(?:api|oauth)_[A-Za-z0-9]{16,}'],
  ['ntn_', `${begins('ntn')}_[A-Za-z0-9]{20,}`],
  ['figd_ figo_', 'fig[do]_[A-Za-z0-9_-]{16,}'],
  ['glsa_ glc_', 'gl(?:sa|c)_[A-Za-z0-9_+/=-]{16,}'],
  ['nrak- nraa- nrjs- nrii-', `${begins('NR(?:AK|AA|JS|II)')}-[A-Za-z0-9]{16,}`],
  ['pmak-', `${begins('PMAK')}-[A-Za-z0-9-]{16,}`],
  ['tskey-', `${begins('tskey')}-[A-Za-z0-9-]{12,}`],
  ['sntrys_ sntryu_', 'sntry[su]_[A-Za-z0-9_+/=-]{16,}'],
  ['phc_', `${begins('phc')}_[A-Za-z0-9]{20,}`],
  ['sbp_', `${begins('sbp')}_[a-f0-9]{20,}`],
  ['pscale_', `${begins('pscale')}_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{16,}`],
];

const TOKEN = new RegExp(SHAPES.map(([, pattern]) => pattern).join('|'), 'g');
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
