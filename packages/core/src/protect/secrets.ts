import { type Detector, entropyOf } from './detector.ts'

type Rule = Omit<Detector, 'group' | 'label'> & { readonly label?: string }

/** Before a value: nothing that would be more of it. */
const KEY_START = '(?<![A-Za-z0-9])'

const key = (id: string, keywords: readonly string[], pattern: string, flags = ''): Rule => ({
  id,
  keywords,
  pattern: new RegExp(`${KEY_START}${pattern}`, `g${flags}`)
})

/** Names under which people write passwords and keys, in several languages. */
const NAMED =
  '(?:pass(?:word|wd|phrase)|pwd|secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|token|client[_ -]?secret|(?<=_|\\b(?:db|user|root|admin|smtp|ftp|mail|redis) )pass|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|parol[aă]|hasło|heslo|lösenord|adgangskode|passord|salasana|jelszó|şifre|sandi|mật khẩu|κωδικός|סיסמה|كلمة (?:المرور|السر)|密码|密碼|パスワード|비밀번호|пароль)'

/** Parts of those names as they are written. */
const NAMED_KEYWORDS =
  'assword ASSWORD asswd ASSWD assphrase ASSPHRASE pwd PWD ecret ECRET key KEY Key oken OKEN asswort ennwort passe ontraseña enha achtwoord arol asło eslo ösenord dgangskode assord alasana elsz ifre andi khẩu ωδικ סיסמ كلمة 密 パスワード 비밀번호 арол _pass _PASS'
    .split(' ')
    .concat(' -u ', ' pass')

/** The prefixes and forms are the vendors' own, from their documentation. */
const RULES: readonly Rule[] = [
  {
    id: 'private-key',
    keywords: ['PRIVATE KEY'],
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g
  },
  key('jwt', ['eyJ'], 'eyJ[\\w-]{8,2000}\\.eyJ[\\w-]{8,8000}\\.[\\w-]*'),
  key('anthropic-key', ['sk-ant-'], 'sk-ant-[\\w-]{20,200}'),
  {
    ...key('openai-key', ['sk-'], 'sk-(?:proj-|svcacct-|admin-|or-v1-)?[\\w-]{20,200}'),
    // A word with dashes is none.
    accepts: (value) => /\d/.test(value) && entropyOf(value) > 3
  },
  key(
    'aws-access-key',
    ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])'
  ),
  {
    id: 'aws-secret-key',
    keywords: ['ecret', 'ECRET'],
    pattern:
      /(?<=secret[_ ]?(?:access[_ ]?)?key["']?\s{0,3}[:=]\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![\w/+=])/gi
  },
  key('google-key', ['AIza'], 'AIza[\\w-]{35}(?![\\w-])'),
  key('google-token', ['ya29.'], 'ya29\\.[\\w.-]{20,2000}'),
  key('google-client-secret', ['GOCSPX-'], 'GOCSPX-[\\w-]{28}'),
  key(
    'github-token',
    ['gh', 'github_pat_'],
    '(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\\w{22,255})'
  ),
  key('gitlab-token', ['gl'], 'gl(?:pat|ptt|dt|rt|cbt|ft|soat)-[\\w.-]{20,}'),
  key('slack-token', ['xox', 'xapp-'], '(?:xox[abeoprs]-[\\w-]{10,}|xapp-\\d-[\\w-]{10,})'),
  {
    id: 'webhook-address',
    keywords: ['hooks.slack.com', 'discord', 'webhook.office.com'],
    pattern:
      /https:\/\/(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/+-]{20,}|(?:canary\.|ptb\.)?discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]{30,}|[\w-]+\.webhook\.office\.com\/[\w@/-]{40,})/g
  },
  key(
    'stripe-key',
    ['_live_', '_test_', 'whsec_'],
    '(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,})'
  ),
  key('huggingface-token', ['hf_'], 'hf_[A-Za-z0-9]{30,}'),
  {
    ...key(
      'model-host-key',
      ['gsk_', 'r8_', 'nvapi-', 'xai-', 'pplx-', 'tgp_v1_', 'fw_', 'co_'],
      '(?:gsk_|r8_|nvapi-|xai-|pplx-|tgp_v1_|fw_|co_)[\\w-]{24,}'
    ),
    // A name in code is none.
    accepts: (value) => /\d/.test(value) && entropyOf(value) > 3
  },
  key('npm-token', ['npm_'], 'npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])'),
  key('pypi-token', ['pypi-'], 'pypi-[\\w-]{50,}'),
  key('sendgrid-key', ['SG.'], 'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}'),
  key('mailgun-key', ['key-'], 'key-[0-9a-f]{32}(?![A-Za-z0-9])'),
  key('twilio-key', ['AC', 'SK'], '(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])'),
  key('telegram-token', [':AA'], '\\d{8,10}:AA[\\w-]{33}(?![\\w-])'),
  key('discord-token', ['.'], '[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,40}(?![\\w-])'),
  key('digitalocean-token', ['_v1_'], 'do[opr]_v1_[0-9a-f]{64}'),
  key('shopify-token', ['shp'], 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}'),
  key('linear-or-notion-key', ['lin_api_', 'ntn_'], '(?:lin_api_|ntn_)[A-Za-z0-9]{38,}'),
  key('age-key', ['AGE-SECRET-KEY-1'], 'AGE-SECRET-KEY-1[A-Z0-9]{58}'),
  {
    id: 'azure-key',
    keywords: ['AccountKey=', 'SharedAccessKey=', 'sig='],
    pattern:
      /(?<=(?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,88}={0,2}|(?<=[?&]sig=)[\w%+/=-]{30,}/g
  },
  key('azure-client-secret', ['Q~'], '[\\w~.-]{3}\\dQ~[\\w~.-]{31,34}'),
  {
    id: 'connection-password',
    label: 'password',
    keywords: ['://'],
    // `%2F` is no end of it.
    asWritten: 'only',
    // The password of an address, up to its last @.
    pattern: /(?<=[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,100}:)[^\s/"'<>]{1,200}(?=@[\w.[-])/gi
  },
  {
    id: 'authorization',
    keywords: ['earer', 'EARER', 'asic', 'ASIC'],
    pattern: /(?<=\b(?:bearer|basic)\s{1,4})[\w.~+/-]{16,4000}={0,2}/gi,
    accepts: (value) => entropyOf(value) > 3 && /[\d+/=]|[a-z][A-Z]/.test(value)
  },
  {
    id: 'named-secret',
    label: 'secret',
    keywords: NAMED_KEYWORDS,
    // `%20` may be a part of it.
    asWritten: 'too',
    pattern: new RegExp(
      `(?<=${NAMED}["'\`]?(?:\\s{0,3}(?:[:=：]>?|[-–—]?>|[–—]|\\bis\\b|\\blautet\\b|\\best\\b|\\bes\\b|\\bé\\b)\\s{0,3}|(?<=--${NAMED})\\s{1,3})["'\`]?|\\s-u\\s{0,3}["']?[\\w.@+-]{1,64}:)[^\\s"'\`,;<>{}()\\[\\]]{8,200}`,
      'gi'
    ),
    accepts: (value) => isRandom(value),
    named: new RegExp(`${NAMED}$`)
  }
]

/** Whether a text is nothing that people write: it mixes kinds of characters, and repeats few of them. */
function isRandom(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(value)).length
  const isPlaceholder = /^(?:[x*•.]+|<.*>|\$\{?\w+\}?|%\w+%|process\.env\..*|your[-_].*)$/i.test(
    value
  )
  return !isPlaceholder && kinds >= 2 && /[\d]/.test(value) && entropyOf(value) >= 2.5
}

/** Finds what opens something: keys, tokens, passwords. */
export const SECRETS: readonly Detector[] = RULES.map((rule) => ({
  group: 'secrets',
  label: 'key',
  ...rule
}))
