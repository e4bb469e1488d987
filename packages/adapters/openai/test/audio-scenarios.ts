import { textOf } from '@slm-audit/core/reader'
import { collect } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { recorded, tells } from './recorded.ts'
import { limited, type Scenario } from './scenario.ts'

/** A fresh sound each time, as applications make them. */
const sound = () =>
  new File(['RIFF', new Uint8Array([0, 255, 13, 10, 45, 45])], 'question.wav', {
    type: 'audio/wav'
  })
const SHA256 = '6012cdd18acc06d793771b07a738761e763045607bd86408a2544484b3b5b3e8'
const params = { model: 'gpt-4o-transcribe', language: 'en', prompt: 'Rome' }
const heard = {
  prompt: 'Rome',
  file: {
    filename: 'question.wav',
    media_type: 'audio/wav',
    data: { media: { sha256: SHA256, bytes: 10, type: 'audio/wav' } }
  }
}
const plain = recorded('transcription', 'response.json')

/** Requests with files, each against the unwrapped client. */
export const audioScenarios: readonly Scenario[] = [
  {
    name: 'transcription of a file',
    answers: [plain],
    run: (client) => client.audio.transcriptions.create({ ...params, file: sound() }),
    check(calls) {
      tells('transcription complete')(calls)
      expect(calls[0]?.contents.input).toEqual(heard)
      expect(calls[0]?.record.call?.settings).toEqual({ language: 'en' })
      expect(textOf(calls[0]?.contents.output)).toBe('Weather in Rome? é😀')
    }
  },
  {
    name: 'transcription, streamed',
    answers: [recorded('transcription-streamed', 'chunks.txt')],
    run: async (client) =>
      collect(await client.audio.transcriptions.create({ ...params, file: sound(), stream: true })),
    check(calls) {
      tells('transcription complete')(calls)
      expect(calls[0]?.record.call?.stream).toBe(true)
      expect(calls[0]?.contents.input).toEqual(heard)
    }
  },
  {
    name: 'transcription, tried again',
    answers: [limited, plain],
    run: (client) =>
      client.audio.transcriptions.create({ ...params, file: sound() }, { maxRetries: 1 }),
    check(calls) {
      tells('transcription complete')(calls)
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([429, 200])
      expect(calls[0]?.contents.input).toEqual(heard)
    }
  },
  {
    name: 'translation as subtitles',
    answers: [recorded('translation-text', 'response.txt')],
    run: (client) =>
      client.audio.translations.create({
        model: 'whisper-1',
        file: sound(),
        response_format: 'srt'
      }),
    check(calls) {
      tells('translation complete')(calls)
      expect(calls[0]?.contents.output).toContain('00:00:01,200\nWeather in Rome?')
    }
  },
  {
    name: 'images.edit() with several images',
    answers: [recorded('images-edit', 'response.json')],
    run: (client) =>
      client.images.edit({ model: 'gpt-image-1', prompt: 'rain', image: [sound(), sound()] }),
    check(calls) {
      tells('image_generation complete')(calls)
      expect(calls[0]?.contents.input).toEqual({
        prompt: 'rain',
        'image[]': [heard.file, heard.file]
      })
    }
  }
]
