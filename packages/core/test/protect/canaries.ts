/** Values of each kind that must not be stored: made up, in the form of real ones. Pieces are joined so that no scanner takes this file for a leak. */
export const CANARIES: { readonly [detector: string]: readonly string[] } = {
  'private-key': [
    '-----BEGIN RSA PRIVATE ' + 'KEY-----\nMIIEowIBAAKCAQEA7v\nq0Zk3\n-----END RSA PRIVATE KEY-----'
  ],
  jwt: ['eyJhbGciOiJIUzI1NiJ9.' + 'eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'],
  'anthropic-key': ['sk-ant-' + 'api03-Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6u-AA'],
  'openai-key': [
    'sk-' + 'proj-Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5',
    'sk-' + 'Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX0yPk'
  ],
  'aws-access-key': ['AKIA' + 'Q3EGRZ7XN5LPWT2V'],
  'google-key': ['AIza' + 'SyB4kQ9wErT2yUiOp7AsDfGhJkL3zXcVbN1'],
  'google-client-secret': ['GOCSPX-' + 'q8vN2xLpR7tYc4WmK1sHd9JfB3gQ'],
  'github-token': [
    'ghp_' + 'Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX',
    'github_pat_' + '11ABCDEFG0a1B2c3D4e5F6g7'
  ],
  'gitlab-token': ['glpat-' + 'x9Kd72hQpLm4Zt8WvB3n'],
  'slack-token': ['xoxb-' + '123456789012-1234567890123-AbCdEfGhIjKl'],
  'webhook-address': [
    'https://hooks.slack.com/services/' + 'T0AB12CD3/B0EF45GH6/aBcDeFgHiJkLmNoPqRsTuVwX'
  ],
  'stripe-key': ['sk_live_' + '51HqZ8vN2xLpR7tYc4WmK1sHd'],
  'huggingface-token': ['hf_' + 'ZqvNxLpRtYcWmKsHdJfBgQeuTaXyPkLoIj'],
  'model-host-key': ['gsk_' + 'Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX'],
  'npm-token': ['npm_' + 'Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX'],
  'sendgrid-key': ['SG.' + 'Zq8vN2xLpR7tYc4WmK1s.Hd9JfB3gQe6uT5aXyPkLoIjMnBvCxZa'],
  'telegram-token': ['110201543' + ':AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1'],
  'shopify-token': ['shpat_' + '0123456789abcdef0123456789abcdef'],
  'connection-password': ['Tr0ub4dor.3x'],
  'named-secret': ['hunter2hunter9!'],
  email: ['jörg.müller@example.org', 'ada.lovelace+news@mail.example.co.uk'],
  phone: [
    '+49 30 901820',
    '+1 (415) 555-2671',
    '01 42 68 53 00',
    '0171 1234567',
    '+44 20 7946 0958',
    '(11) 91234-5678'
  ],
  iban: [
    'DE89 3704 0044 0532 0130 00',
    'GB82WEST12345698765432',
    'FR14 2004 1010 0505 0001 3M02 606'
  ],
  'payment-card': ['4111 1111 1111 1111', '5500-0000-0000-0004', '378282246310005'],
  'us-ssn': ['536-90-4399'],
  'es-dni': ['12345678Z', 'X1234567L'],
  'fr-nir': ['2 55 08 14 168 025 38'],
  'it-fiscal-code': ['RSSMRA85T10A562S'],
  'br-cpf': ['529.982.247-25'],
  'in-aadhaar': ['2341 2341 2346'],
  'cn-id': ['11010519491231002X'],
  'ip-address': ['203.0.113.42', '2001:db8:85a3::8a2e:370:7334']
}

/** How a value stands in a text, where it needs a context to be known. */
const CONTEXTS: { readonly [detector: string]: (value: string) => string } = {
  'connection-password': (value) => `postgres://app:${value}@db.internal:5432/shop`,
  'named-secret': (value) => `the password: ${value}`
}

/** All canaries: the value, and a text that it stands in. */
export const ALL_CANARIES = Object.entries(CANARIES).flatMap(([detector, values]) =>
  values.map((value) => {
    const inContext = CONTEXTS[detector]?.(value) ?? value
    return { detector, value, text: `Please note ${inContext} and go on.` }
  })
)

/** Texts that say nothing of anybody, and must stay as they are. */
export const HARMLESS = [
  'Order 4711-2024-000123 was shipped on 2024-03-05 at 14:30:12.',
  'The commit 9fceb02d0ae598e95dc970b74767f19372d61af8 fixes it.',
  '550e8400-e29b-41d4-a716-446655440000 is the id of the request.',
  'Version 10.4.1.2 of the library, see section 3.2.1.4 of the manual.',
  'It costs 1 234 567,89 € or $12,345.67, which is 45.3 % more.',
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'const token = process.env.API_TOKEN; password: string; apiKey?: string',
  'The answer took 1700000000123 ns, 3.14159265358979 s, 0x7fffffffffff.',
  'git clone git@github.com:org/repository.git and npm i pkg@1.2.3',
  'ISBN 978-3-16-148410-0, DOI 10.1000/182, RFC 2119, ISO 8601-1:2019.',
  'The password is required. A secret is a value that nobody knows.',
  'coordinates 52.520008, 13.404954 and the years 1914-1918 and 2020/2021',
  'row 1000000 of 2500000, page 12/345, score 3-2, ratio 16:9, 10:45-11:30',
  'sk-learn-is-a-python-library-for-everybody and task-list-of-the-project',
  'http://localhost:3000/users/12345678/orders?page=2&size=100',
  'ff02::1 and 127.0.0.1 and 0.0.0.0:8080 are special addresses'
]
