import type { Random } from './random.ts'

/** One dense layer: `weights[output][input]`. */
export interface DenseLayer {
  readonly weights: number[][]
  readonly biases: number[]
}

export interface Sample {
  readonly inputs: readonly number[]
  readonly category: number
}

export interface NetworkOptions {
  readonly hidden: number
  readonly categories: number
  readonly activate: (z: number) => number
  /** Derivative of the activation, from its value. */
  readonly slope: (activated: number) => number
  readonly epochs: number
  readonly rate: number
}

const layerOf = (outputs: number, inputs: number, random: Random): DenseLayer => ({
  weights: Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => random.normal(0, 1 / Math.sqrt(inputs)))),
  biases: new Array<number>(outputs).fill(0),
})

const linear = ({ weights, biases }: DenseLayer, inputs: readonly number[]): number[] =>
  weights.map((row, o) => row.reduce((sum, weight, i) => sum + weight * inputs[i]!, biases[o]!))

const softmax = (values: readonly number[]): number[] => {
  const max = Math.max(...values)
  const exponentials = values.map((value) => Math.exp(value - max))
  const sum = exponentials.reduce((total, value) => total + value, 0)
  return exponentials.map((value) => value / sum)
}

const learn = ({ weights, biases }: DenseLayer, inputs: readonly number[], gradients: readonly number[], rate: number): void => {
  gradients.forEach((gradient, o) => {
    const row = weights[o]!
    for (let i = 0; i < row.length; i++) row[i]! -= rate * (gradient * inputs[i]! + 1e-4 * row[i]!)
    biases[o]! -= rate * gradient
  })
}

/** Two layers, softmax on top, cross entropy, plain stochastic gradient descent. */
export const trainNetwork = (samples: readonly Sample[], random: Random, options: NetworkOptions): [DenseLayer, DenseLayer] => {
  const first = layerOf(options.hidden, samples[0]!.inputs.length, random)
  const second = layerOf(options.categories, options.hidden, random)
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const rate = options.rate / (1 + epoch / 20)
    for (let step = 0; step < samples.length; step++) {
      const { inputs, category } = samples[random.integer(samples.length)]!
      const hidden = linear(first, inputs).map(options.activate)
      const errors = softmax(linear(second, hidden)).map((share, k) => share - (k === category ? 1 : 0))
      const back = hidden.map((value, h) => options.slope(value) * errors.reduce((sum, error, k) => sum + error * second.weights[k]![h]!, 0))
      learn(second, hidden, errors, rate)
      learn(first, inputs, back, rate)
    }
  }
  return [first, second]
}
