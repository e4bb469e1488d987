import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { corpus } from './gguf/corpus.ts'
import {
  audioEncoderGraph,
  crossDecoderGraph,
  decoderGraph,
  encoderGraph,
  pressureGraph,
  rowsGraph,
  spanGraph,
  sumGraph
} from './onnx/graphs.ts'
import { labelsOf, type TinyModel } from './onnx/model.ts'
import { encodeOnnx } from './onnx/onnx.ts'
import { pictureModels } from './onnx/picture-models.ts'
import { sparseTable } from './onnx/tables.ts'
import { tokenizerFiles, vocabulary } from './onnx/tokenizer.ts'

/** The tiny models in ONNX, each the folder of that name, and the pipeline that each is for. */
export const tinyOnnxModels = {
  'tiny-chat': 'text-generation',
  'tiny-text2text': 'text2text-generation',
  'tiny-sentiment': 'text-classification',
  'tiny-nli': 'zero-shot-classification',
  'tiny-entities': 'token-classification',
  'tiny-answers': 'question-answering',
  'tiny-embeddings': 'feature-extraction',
  'tiny-whisper': 'automatic-speech-recognition',
  'tiny-sounds': 'audio-classification',
  'tiny-colors': 'image-classification',
  'tiny-clip': 'zero-shot-image-classification',
  'tiny-captions': 'image-to-text',
  'tiny-detector': 'object-detection',
  'tiny-picture-embeddings': 'image-feature-extraction'
} as const

/** The name of one of the tiny models in ONNX. */
export type TinyOnnxModel = keyof typeof tinyOnnxModels

/**
 * Writes one of the tiny models in ONNX below `folder`, with all files that transformers.js reads,
 * and returns the SHA-256 of each file in lower-case hexadecimal, by its path below the model's
 * own folder. They are tables counted from the text in `tiny-model/corpus.ts` and a few words, so
 * they need no download and no licence, and their bytes are the same each time.
 *
 * Rejects with the error of the file system if the folder cannot be written.
 */
export async function writeTinyOnnx(
  folder: string,
  name: TinyOnnxModel
): Promise<{ readonly [file: string]: string }> {
  const { framing, tokenizer, config, files = {}, graphs } = models[name]
  const texts = { 'config.json': config, ...tokenizerFiles(framing, tokenizer), ...files }
  const contents = new Map<string, Uint8Array>()
  for (const [file, value] of Object.entries(texts)) {
    contents.set(file, Buffer.from(`${JSON.stringify(value, null, 2)}\n`))
  }
  for (const [file, graph] of Object.entries(graphs)) {
    contents.set(`onnx/${file}.onnx`, encodeOnnx(graph()))
  }
  const digests: { [file: string]: string } = {}
  for (const [file, bytes] of contents) {
    const path = join(folder, name, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    digests[file] = createHash('sha256').update(bytes).digest('hex')
  }
  return digests
}

const eos = vocabulary.indexOf('<eos>')
const pad = vocabulary.indexOf('<pad>')
const startOfTranscript = vocabulary.indexOf('<|startoftranscript|>')
const noTimestamps = vocabulary.indexOf('<|notimestamps|>')
const topics = corpus.length
const audio = { features: 8, seconds: 1, rate: 8000, hop: 80 }

const bert = (architecture: string, labels: readonly string[] = []) => ({
  architectures: [architecture],
  model_type: 'bert',
  vocab_size: vocabulary.length,
  hidden_size: 4,
  num_attention_heads: 1,
  num_hidden_layers: 1,
  max_position_embeddings: 512,
  ...labelsOf(...labels)
})

const generationConfig = { eos_token_id: eos, pad_token_id: pad }

const models: { readonly [Name in TinyOnnxModel]: TinyModel } = {
  ...pictureModels,
  'tiny-chat': {
    framing: 'none',
    config: {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: vocabulary.length,
      hidden_size: 1,
      num_attention_heads: 1,
      num_key_value_heads: 1,
      num_hidden_layers: 1,
      max_position_embeddings: 512,
      ...generationConfig
    },
    files: { 'generation_config.json': generationConfig },
    graphs: { model: decoderGraph }
  },
  'tiny-text2text': {
    framing: 'eos',
    config: {
      architectures: ['T5ForConditionalGeneration'],
      model_type: 't5',
      is_encoder_decoder: true,
      vocab_size: vocabulary.length,
      d_model: topics,
      d_kv: 1,
      num_heads: 1,
      num_layers: 1,
      num_decoder_layers: 1,
      decoder_start_token_id: pad,
      ...generationConfig
    },
    files: { 'generation_config.json': { ...generationConfig, decoder_start_token_id: pad } },
    graphs: {
      encoder_model: encoderGraph,
      decoder_model_merged: () => crossDecoderGraph('<pad>', topics)
    }
  },
  'tiny-sentiment': {
    framing: 'pairs',
    config: bert('BertForSequenceClassification', ['NEGATIVE', 'POSITIVE']),
    graphs: {
      model: () =>
        sumGraph(
          sparseTable(2, {
            good: [0, 1.5],
            great: [0, 2],
            happy: [0, 2],
            bad: [1.5, 0],
            terrible: [2.5, 0],
            sad: [2, 0]
          })
        )
    }
  },
  'tiny-nli': {
    framing: 'pairs',
    config: bert('BertForSequenceClassification', ['contradiction', 'neutral', 'entailment']),
    graphs: {
      model: () =>
        sumGraph(
          sparseTable(3, {
            money: [0, 0, 2],
            refund: [0, 0, 1],
            weather: [1, 0, 0],
            rain: [1, 0, 1]
          })
        )
    }
  },
  'tiny-entities': {
    framing: 'pairs',
    config: bert('BertForTokenClassification', ['O', 'B-PER', 'I-PER', 'B-LOC']),
    graphs: {
      model: () =>
        rowsGraph(
          'logits',
          sparseTable(4, {
            Ada: [0, 5, 0, 0],
            Lovelace: [0, 0, 4, 0],
            London: [0, 0, 0, 6],
            lives: [3, 0, 0, 0],
            in: [3, 0, 0, 0]
          })
        )
    }
  },
  'tiny-answers': {
    framing: 'pairs',
    config: bert('BertForQuestionAnswering'),
    graphs: {
      model: () =>
        spanGraph(
          sparseTable(1, { Ada: [6], London: [4] }),
          sparseTable(1, { Lovelace: [6], London: [4] })
        )
    }
  },
  'tiny-embeddings': {
    framing: 'pairs',
    config: bert('BertModel'),
    graphs: {
      model: () =>
        rowsGraph(
          'last_hidden_state',
          sparseTable(4, { refund: [1, 0, 0, 0], money: [0.8, 0.2, 0, 0], weather: [0, 0, 1, 0] })
        )
    }
  },
  'tiny-sounds': {
    framing: 'none',
    config: {
      architectures: ['Wav2Vec2ForSequenceClassification'],
      model_type: 'wav2vec2',
      ...labelsOf('above', 'below')
    },
    files: {
      'preprocessor_config.json': {
        feature_extractor_type: 'Wav2Vec2FeatureExtractor',
        sampling_rate: audio.rate,
        do_normalize: false
      }
    },
    graphs: { model: () => pressureGraph({ columns: 2, values: Float32Array.of(2, -2) }) }
  },
  'tiny-whisper': {
    framing: 'none',
    tokenizer: 'WhisperTokenizer',
    config: {
      architectures: ['WhisperForConditionalGeneration'],
      model_type: 'whisper',
      is_encoder_decoder: true,
      vocab_size: vocabulary.length,
      d_model: 1,
      encoder_attention_heads: 1,
      decoder_attention_heads: 1,
      encoder_layers: 1,
      decoder_layers: 1,
      max_source_positions: 50,
      decoder_start_token_id: startOfTranscript,
      ...generationConfig
    },
    files: {
      'generation_config.json': {
        ...generationConfig,
        decoder_start_token_id: startOfTranscript,
        no_timestamps_token_id: noTimestamps,
        is_multilingual: false
      },
      'preprocessor_config.json': {
        feature_extractor_type: 'WhisperFeatureExtractor',
        processor_class: 'WhisperProcessor',
        feature_size: audio.features,
        chunk_length: audio.seconds,
        n_samples: audio.rate * audio.seconds,
        nb_max_frames: (audio.rate * audio.seconds) / audio.hop,
        n_fft: 128,
        hop_length: audio.hop,
        sampling_rate: audio.rate
      }
    },
    graphs: {
      encoder_model: () => audioEncoderGraph(audio.features, topics),
      decoder_model_merged: () => crossDecoderGraph('<|notimestamps|>', topics)
    }
  }
}
