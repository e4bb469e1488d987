import { corpus } from '../gguf/corpus.ts'
import { crossDecoderGraph } from './graphs.ts'
import { labelsOf, type TinyModel } from './model.ts'
import {
  colorGraph,
  detectorGraph,
  pictureAndTextGraph,
  pictureEncoderGraph
} from './picture-graphs.ts'
import { sparseTable, type Table } from './tables.ts'
import { vocabulary } from './tokenizer.ts'

/** Pictures are taken as they are: they need not be resized, only divided by 255. */
const processor = (kind: string) => ({
  'preprocessor_config.json': {
    image_processor_type: kind,
    do_resize: false,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: false
  }
})

const byColor = (...rows: readonly (readonly number[])[]): Table => ({
  columns: rows[0]?.length ?? 0,
  values: Float32Array.from(rows.flat())
})

/** Each color stands for a topic of the corpus. */
const topicOfColor = byColor(
  ...[0, 1, 2].map((topic) => corpus.map((_, at) => Number(at === topic)))
)

const tokenIds = {
  eos_token_id: vocabulary.indexOf('<eos>'),
  pad_token_id: vocabulary.indexOf('<pad>'),
  decoder_start_token_id: vocabulary.indexOf('<pad>')
}

/** The tiny models that see. */
export const pictureModels = {
  'tiny-colors': {
    framing: 'none',
    config: {
      architectures: ['ViTForImageClassification'],
      model_type: 'vit',
      ...labelsOf('red', 'green', 'blue')
    },
    files: processor('ViTImageProcessor'),
    graphs: { model: () => colorGraph(byColor([4, 0, 0], [0, 4, 0], [0, 0, 4])) }
  },
  'tiny-clip': {
    framing: 'none',
    config: { architectures: ['CLIPModel'], model_type: 'clip' },
    files: processor('CLIPImageProcessor'),
    graphs: {
      model: () => pictureAndTextGraph(sparseTable(3, { sun: [3, 2, 0], rain: [0, 1, 3] }))
    }
  },
  'tiny-captions': {
    framing: 'none',
    config: {
      architectures: ['VisionEncoderDecoderModel'],
      model_type: 'vision-encoder-decoder',
      is_encoder_decoder: true,
      encoder: { model_type: 'vit' },
      decoder: {
        model_type: 'trocr',
        vocab_size: vocabulary.length,
        decoder_layers: 1,
        decoder_attention_heads: 1,
        d_model: 1
      },
      ...tokenIds
    },
    files: { 'generation_config.json': tokenIds, ...processor('ViTImageProcessor') },
    graphs: {
      encoder_model: () => pictureEncoderGraph(topicOfColor),
      decoder_model_merged: () => crossDecoderGraph('<pad>', corpus.length)
    }
  },
  'tiny-detector': {
    framing: 'none',
    config: {
      architectures: ['YolosForObjectDetection'],
      model_type: 'yolos',
      ...labelsOf('apple', 'leaf')
    },
    files: processor('YolosFeatureExtractor'),
    graphs: { model: () => detectorGraph(byColor([9, 0, 0], [0, 9, 0], [0, 0, 9])) }
  },
  'tiny-picture-embeddings': {
    framing: 'none',
    config: { architectures: ['ViTModel'], model_type: 'vit' },
    files: processor('ViTImageProcessor'),
    graphs: { model: () => pictureEncoderGraph(byColor([1, 0, 0], [0, 1, 0], [0, 0, 1])) }
  }
} as const satisfies { readonly [name: string]: TinyModel }
