import { describe, expect, test } from 'vitest'
import { readMultipart } from '../../src/wire/read-multipart.ts'

const bytesOf = async (form: FormData) => new Uint8Array(await new Response(form).arrayBuffer())

/** Bytes that hold line ends, dashes and the beginnings of boundaries. */
const tricky = new TextEncoder().encode('\r\n--\r\n----x\r\n\r\n\r\r\n--form')

describe('a multipart body', () => {
  test('is read as the platform wrote it: texts, lists, files, names with quotes', async () => {
    const form = new FormData()
    form.append('model', 'whisper-1')
    form.append('prompt', 'é😀 "quoted"\r\n--x')
    form.append('include[]', 'logprobs')
    form.append('include[]', 'more')
    form.append('file', new File([tricky], 'a "b"\n.wav', { type: 'audio/wav' }))
    form.append('empty', new File([], 'nothing'))
    expect(readMultipart(await bytesOf(form))).toEqual({
      model: 'whisper-1',
      prompt: 'é😀 "quoted"\r\n--x',
      'include[]': ['logprobs', 'more'],
      file: { filename: 'a "b"\n.wav', media_type: 'audio/wav', data: tricky },
      empty: {
        filename: 'nothing',
        media_type: 'application/octet-stream',
        data: new Uint8Array()
      }
    })
  })

  test('that is cut short has the parts that came, wherever it is cut', async () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('file', new File([tricky], 'x', { type: 'audio/wav' }))
    const bytes = await bytesOf(form)
    for (let at = 0; at < bytes.length; at++) {
      const read = readMultipart(bytes.subarray(0, at)) ?? {}
      expect([undefined, '1']).toContain(read.a)
    }
  })

  test('is told from other bodies', () => {
    for (const text of ['', '{}', '--', '-- not a form\r\n', '--x\r\ncontent-type: a/b\r\n\r\n']) {
      expect(readMultipart(new TextEncoder().encode(text))).toBeUndefined()
    }
  })
})
