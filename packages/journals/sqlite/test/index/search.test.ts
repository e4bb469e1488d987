import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { chat, freshFile, openLog } from '../support.ts'

/** Texts, and what is searched for in them: what finds exactly one of them. */
const TEXTS: readonly (readonly [text: string, ...found: string[]])[] = [
  ['東京タワーへの行き方を教えてください。', 'タワー', '東京', '行き方', '教えて'],
  ['返金の手続きがわかりません', '返金', 'がわ'],
  ['请问如何申请退款?', '退款', '如何申请'],
  ['환불은 어떻게 하나요?', '환불', '어떻게', '환불은 어떻게'],
  ['ขอคืนเงินได้ไหม', 'คืนเงิน'],
  ['re\u0301sume\u0301 der Reise', 'résumé', 'resume', 'RÉSUMÉ'],
  ['ＦＵＬＬ　ｗｉｄｔｈ と ﾊﾝｶｸ', 'full width', 'ハンカク'],
  ['Ελληνικά και ΣΊΣΥΦΟΣ', 'ελληνικα', 'Ελληνικά'],
  ['हिन्दी में उत्तर', 'हिन्दी'],
  ['கட்டணம் எப்போது திரும்பும்', 'திரும்பும்'],
  ['টাকা ফেরত দিন', 'ফেরত'],
  [
    '\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u05e2\u05d5\u05dc\u05dd',
    'שלום',
    '\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd'
  ],
  [
    '\u0643\u064e\u062a\u064e\u0628\u064e \u0627\u0644\u0637\u0651\u0627\u0644\u0628',
    'كتب',
    'الطالب'
  ],
  ['می\u200cخواهم پول', 'می\u200cخواهم'],
  ['İstanbul 🙂 emoji\u0000nul', 'emoji', 'nul', 'İstanbul'],
  [`${'long'.repeat(20_000)} tail`, 'tail', 'long'.repeat(20_000)],
  ['x² ½ quotes "a" \'b\' * - ^ col:val', 'col:val', '"a"', "'b'", 'col val*']
]
const searches = TEXTS.flatMap(([text, ...words]) => words.map((word) => [word, text] as const))

test.each(['before they are indexed', 'indexed'])(
  'words of all scripts are found, %s',
  async (when) => {
    const file = freshFile()
    const { log } = await openLog({ file })
    for (const [text] of TEXTS) log.open({ ...chat, input: text }).complete({})
    await log.flush()
    if (when === 'indexed') await log.close()
    await using reader = await openReader(file)
    for (const [word, text] of searches) {
      const { items } = await reader.search(word)
      expect([word.slice(0, 40), items.length]).toEqual([word.slice(0, 40), 1])
      const call = await reader.get(items[0]?.auditId ?? '')
      expect(call?.contents.input).toBe(text)
    }
    await expect(reader.search('🙂 \u0000 *')).rejects.toMatchObject({ code: 'bad_query' })
    await log.close()
  }
)

test('vowel signs tell words apart', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  for (const input of ['दिन', 'दीन', 'दान']) log.open({ ...chat, input }).complete({})
  await log.close()
  await using reader = await openReader(file)
  const { items } = await reader.search('दीन')
  expect(items.map(({ snippet }) => snippet)).toEqual(['[दीन]'])
})

test('a snippet marks words of letters whole', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  log.open({ ...chat, input: '東京タワーへの行き方' }).complete({})
  await log.close()
  await using reader = await openReader(file)
  const { items } = await reader.search('タワー')
  expect(items.map(({ snippet }) => snippet)).toEqual(['東京[タワー]への行き方'])
})
