import { compile, documentOf, thrownBy } from '../documents.ts'

const categorical = { target: '<DataField name="y" optype="categorical" dataType="string"/>' }
const noTarget = (schema: string): string => schema.replace('<MiningField name="y" usageType="target"/>', '')

test('a network should be weighted sums and activations, denormalised', () => {
  const document = documentOf({ a: {}, b: {} }, (schema) => `<NeuralNetwork functionName="regression" activationFunction="logistic">${schema}
<NeuralInputs><NeuralInput id="a"><DerivedField optype="continuous" dataType="double"><FieldRef field="a"/></DerivedField></NeuralInput>
<NeuralInput id="b"><DerivedField optype="continuous" dataType="double"><FieldRef field="b"/></DerivedField></NeuralInput></NeuralInputs>
<NeuralLayer><Neuron id="h" bias="0.5"><Con from="a" weight="1"/><Con from="b" weight="-2"/></Neuron></NeuralLayer>
<NeuralLayer activationFunction="identity"><Neuron id="o"><Con from="h" weight="1"/></Neuron></NeuralLayer>
<NeuralOutputs><NeuralOutput outputNeuron="o"><DerivedField optype="continuous" dataType="double"><NormContinuous field="y"><LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/></NormContinuous></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>`)
  const model = compile(document)
  expect(model.score({ a: 1, b: 2 }).value).toBeCloseTo(10 / (1 + Math.exp(2.5)), 12)
  expect(model.score({ a: 1 }).value).toBeUndefined()
  expect(() => compile(document.replace('from="h"', 'from="o"'))).toThrow(/no earlier neuron/)
})

test('a generalised linear model should apply link, offset and trials', () => {
  const model = compile(documentOf({ a: {}, g: { type: 'string' }, o: {} }, (schema) => `<GeneralRegressionModel functionName="regression" modelType="generalizedLinear" linkFunction="log" offsetVariable="o" trialsValue="2">${schema}
<ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/></ParameterList>
<FactorList><Predictor name="g"/></FactorList><CovariateList><Predictor name="a"/></CovariateList>
<PPMatrix><PPCell value="2" predictorName="a" parameterName="p1"/><PPCell value="m" predictorName="g" parameterName="p2"/><PPCell value="1" predictorName="a" parameterName="p2"/></PPMatrix>
<ParamMatrix><PCell parameterName="p0" beta="0.1"/><PCell parameterName="p1" beta="0.2"/><PCell parameterName="p2" beta="0.3"/></ParamMatrix></GeneralRegressionModel>`))
  expect(model.score({ a: 2, g: 'm', o: 0.5 }).value).toBeCloseTo(2 * Math.exp(0.1 + 0.2 * 4 + 0.3 * 2 + 0.5), 12)
  expect(model.score({ a: 2, g: 'f', o: 0 }).value).toBeCloseTo(2 * Math.exp(0.9), 12)
  expect(model.score({ g: 'f', o: 0 }).value).toBeUndefined()
})

const clusters = (measure: string, kind = 'distance'): string => documentOf({ a: {}, b: {} }, (schema) => `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">${noTarget(schema)}
<ComparisonMeasure kind="${kind}">${measure}</ComparisonMeasure><ClusteringField field="a"/><ClusteringField field="b" fieldWeight="4"/>
<Cluster id="near" name="Near"><Array type="real" n="2">0 1</Array></Cluster><Cluster id="far"><Array type="real" n="2">3 0</Array></Cluster></ClusteringModel>`)

test.each([['euclidean', Math.sqrt(5)], ['squaredEuclidean', 5], ['cityBlock', 5], ['chebychev', 4], ['minkowski p-parameter="3"', Math.cbrt(5)]])(
  'the distance to a cluster should be %s', (metric, distance) => {
    const { value, affinities } = compile(clusters(`<${metric}/>`)).explain({ a: 1, b: 0 })
    expect(affinities!.get('near')).toBeCloseTo(distance, 12)
    expect(value).toBe([...affinities!].sort(([, x], [, y]) => x - y)[0]![0])
  })

test('a missing field should count as much as those that are there, all missing ones not at all', () => {
  const model = compile(clusters('<squaredEuclidean/>'))
  expect(model.explain({ a: 1 }).affinities!.get('near')).toBe(2)
  expect(thrownBy(() => model.score({}))).toMatchObject({ reason: 'undefined-result' })
})

test('the more similar cluster should win by jaccard', () => {
  expect(compile(clusters('<jaccard/>', 'similarity')).score({ a: 0, b: 1 }).value).toBe('near')
})

const neighbours = (attributes: string, functionName: string, options = {}): string => documentOf({ a: {} }, (schema) => `<NearestNeighborModel functionName="${functionName}" numberOfNeighbors="3" instanceIdVariable="id" ${attributes}>${schema}
<TrainingInstances><InstanceFields><InstanceField field="a" column="c1"/><InstanceField field="y" column="c2"/><InstanceField field="id" column="c3"/></InstanceFields>
<InlineTable>${[[0, 1], [1, 2], [2, 2], [10, 50]].map(([a, y], i) => `<row><c1>${a}</c1><c2>${y}</c2><c3>r${i}</c3></row>`).join('')}</InlineTable></TrainingInstances>
<ComparisonMeasure kind="distance"><cityBlock/></ComparisonMeasure><KNNInputs><KNNInput field="a"/></KNNInputs></NearestNeighborModel>`, options)

test.each<[string, string, object, number | string]>([
  ['continuousScoringMethod="average"', 'regression', {}, 5 / 3],
  ['continuousScoringMethod="median"', 'regression', {}, 2],
  ['continuousScoringMethod="weightedAverage" threshold="1"', 'regression', {}, (1 / 1.4 + 2 / 1.6 + 2 / 2.6) / (1 / 1.4 + 1 / 1.6 + 1 / 2.6)],
  ['categoricalScoringMethod="majorityVote"', 'classification', categorical, '2'],
  ['categoricalScoringMethod="weightedMajorityVote" threshold="0.001"', 'classification', categorical, '1'],
])('the nearest neighbours should answer by %s', (attributes, functionName, options, value) => {
  const { value: actual, entityId, affinities } = compile(neighbours(attributes, functionName, options)).explain({ a: value === '1' ? 0.1 : 0.4 })
  expect(typeof value === 'number' ? (actual as number) - value : actual).toEqual(typeof value === 'number' ? expect.closeTo(0, 12) : value)
  expect([entityId, affinities!.size]).toEqual(['r0', 4])
})

test('naive Bayes should weigh shares by priors and pass over what is missing or new', () => {
  const model = compile(documentOf({ c: { type: 'string' }, n: {} }, (schema) => `<NaiveBayesModel functionName="classification" threshold="0.01">${schema}
<BayesInputs><BayesInput fieldName="c">${[['u', 8, 0], ['v', 2, 4]].map(([value, x, y]) => `<PairCounts value="${value}"><TargetValueCounts><TargetValueCount value="X" count="${x}"/><TargetValueCount value="Y" count="${y}"/></TargetValueCounts></PairCounts>`).join('')}</BayesInput>
<BayesInput fieldName="n"><TargetValueStats><TargetValueStat value="X"><GaussianDistribution mean="0" variance="1"/></TargetValueStat><TargetValueStat value="Y"><GaussianDistribution mean="2" variance="1"/></TargetValueStat></TargetValueStats></BayesInput></BayesInputs>
<BayesOutput fieldName="y"><TargetValueCounts><TargetValueCount value="X" count="10"/><TargetValueCount value="Y" count="4"/></TargetValueCounts></BayesOutput></NaiveBayesModel>`, categorical))
  expect(model.explain({ c: 'u' }).probabilities!.get('Y')).toBeCloseTo(4 * 0.01 / (10 * 0.8 + 4 * 0.01), 12)
  expect(model.explain({}).probabilities!.get('X')).toBeCloseTo(10 / 14, 12)
  expect(model.explain({ c: 'new', n: 1 }).probabilities!.get('X')).toBeCloseTo(10 / 14, 12)
})

const machine = (target: string, bias: number): string => `<SupportVectorMachine ${target}><SupportVectors><SupportVector vectorId="v"/></SupportVectors><Coefficients absoluteValue="${bias}"><Coefficient value="2"/></Coefficients></SupportVectorMachine>`
const vectors = (functionName: string, kernel: string, machines: string, attributes = ''): string => documentOf({ a: {}, b: {} }, (schema) => `<SupportVectorMachineModel functionName="${functionName}" ${attributes}>${schema}
<${kernel}/><VectorDictionary><VectorFields><FieldRef field="a"/><FieldRef field="b"/></VectorFields><VectorInstance id="v"><REAL-SparseArray n="2"><Indices>2</Indices><REAL-Entries>3</REAL-Entries></REAL-SparseArray></VectorInstance></VectorDictionary>${machines}</SupportVectorMachineModel>`, functionName === 'classification' ? categorical : {})

test.each([['LinearKernelType', 3], ['PolynomialKernelType gamma="2" coef0="1" degree="2"', 49], ['RadialBasisKernelType gamma="0.5"', Math.exp(-0.5 * 5)], ['SigmoidKernelType gamma="0.1" coef0="0.2"', Math.tanh(0.5)]])(
  'a support vector machine should use %s', (kernel, similarity) => {
    const model = compile(vectors('regression', kernel, machine('', 1)))
    expect(model.score({ a: 1, b: 1 }).value).toBeCloseTo(2 * similarity + 1, 12)
    expect(thrownBy(() => model.score({ a: 1 }))).toMatchObject({ reason: 'missing-value' })
  })

test('machines should vote by pairs, or the least value should win', () => {
  const pairs = machine('targetCategory="x" alternateTargetCategory="y"', 0) + machine('targetCategory="x" alternateTargetCategory="z"', -100) + machine('targetCategory="y" alternateTargetCategory="z"', -100)
  expect(compile(vectors('classification', 'LinearKernelType', pairs, 'classificationMethod="OneAgainstOne"')).score({ a: 1, b: 1 }).value).toBe('y')
  const all = machine('targetCategory="x"', 0) + machine('targetCategory="y"', -5)
  expect(compile(vectors('classification', 'LinearKernelType', all, 'classificationMethod="OneAgainstAll"')).score({ a: 1, b: 1 }).value).toBe('y')
})

test('a scorecard should add partial scores and rank the reasons', () => {
  const card = documentOf({ a: {}, b: {} }, (schema) => `<Scorecard functionName="regression" initialScore="10" reasonCodeAlgorithm="pointsBelow" baselineScore="20">${schema}
<Output><OutputField name="first" feature="reasonCode" rank="1" dataType="string" optype="categorical"/><OutputField name="second" feature="reasonCode" rank="2" dataType="string" optype="categorical"/></Output>
<Characteristics><Characteristic name="A" reasonCode="RA"><Attribute partialScore="15"><SimplePredicate field="a" operator="lessThan" value="0"/></Attribute><Attribute partialScore="25"><True/></Attribute></Characteristic>
<Characteristic name="B" reasonCode="RB"><Attribute><SimplePredicate field="b" operator="isNotMissing"/><ComplexPartialScore><Apply function="*"><FieldRef field="b"/><Constant>2</Constant></Apply></ComplexPartialScore></Attribute></Characteristic></Characteristics></Scorecard>`)
  expect(compile(card).score({ a: -1, b: 3 })).toEqual({ value: 31, outputs: { first: 'RB', second: 'RA' } })
  expect(compile(card).score({ a: 1, b: 3 }).outputs).toEqual({ first: 'RB', second: undefined })
  expect(thrownBy(() => compile(card).score({ a: 1 }))).toMatchObject({ reason: 'undefined-result' })
})

const rules = (criterion: string): string => documentOf({ a: {} }, (schema) => `<RuleSetModel functionName="classification">${schema}
<Output><OutputField name="rule" feature="entityId" dataType="string" optype="categorical"/><OutputField name="sure" feature="confidence" dataType="double" optype="continuous"/></Output>
<RuleSet defaultScore="none" defaultConfidence="0.1"><RuleSelectionMethod criterion="${criterion}"/>
<SimpleRule id="r1" score="x" confidence="0.5" weight="0.3"><SimplePredicate field="a" operator="greaterThan" value="0"/></SimpleRule>
<CompoundRule><SimplePredicate field="a" operator="greaterThan" value="1"/><SimpleRule id="r2" score="y" confidence="0.9" weight="0.4"><True/></SimpleRule><SimpleRule id="r3" score="x" confidence="0.6" weight="0.2"><True/></SimpleRule></CompoundRule></RuleSet></RuleSetModel>`, categorical)

test.each([['firstHit', 'x', 'r1', 0.5], ['weightedMax', 'y', 'r2', 0.9], ['weightedSum', 'x', 'r1', 0.5 / 3]])('rules should be chosen by %s', (criterion, value, rule, sure) => {
  const score = compile(rules(criterion)).score({ a: 2 })
  expect(score).toEqual({ value, outputs: { rule, sure: expect.closeTo(sure, 12) } })
  expect(compile(rules(criterion)).score({ a: -1 })).toEqual({ value: 'none', outputs: { rule: undefined, sure: 0.1 } })
})

test('association rules should be chosen by what is in the basket', () => {
  const field = (name: string, attributes: string): string => `<OutputField name="${name}" feature="ruleValue" dataType="string" optype="categorical" ${attributes}/>`
  const model = compile(documentOf({ item: { type: 'string' } }, (schema) => `<AssociationModel functionName="associationRules">${noTarget(schema)}
<Output>${field('new', 'ruleFeature="consequent" algorithm="exclusiveRecommendation"')}${field('rules', 'ruleFeature="rule" algorithm="recommendation" isMultiValued="1" rank="0"')}${field('sure', 'ruleFeature="confidence" algorithm="recommendation" rankOrder="ascending"')}</Output>
<Item id="1" value="bread"/><Item id="2" value="butter"/><Item id="3" value="wine"/>
<Itemset id="s1"><ItemRef itemRef="1"/></Itemset><Itemset id="s2"><ItemRef itemRef="2"/></Itemset><Itemset id="s3"><ItemRef itemRef="3"/></Itemset>
<AssociationRule antecedent="s1" consequent="s2" support="0.5" confidence="0.9"/><AssociationRule antecedent="s1" consequent="s3" support="0.2" confidence="0.4"/></AssociationModel>`))
  expect(model.score({ item: ['bread', 'butter'] }).outputs).toEqual({ new: ['wine'], rules: ['{bread}->{butter}', '{bread}->{wine}'], sure: '0.4' })
  expect(model.score({ item: ['salt'] }).outputs).toEqual({ new: undefined, rules: [], sure: undefined })
})

test('a Gaussian process should go through its instances when there is no noise, by the specification only', () => {
  const document = documentOf({ a: {} }, (schema) => `<GaussianProcessModel functionName="regression">${schema}<RadialBasisKernel gamma="1" noiseVariance="1e-10" lambda="1"/>
<TrainingInstances><InstanceFields><InstanceField field="a" column="c1"/><InstanceField field="y" column="c2"/></InstanceFields><InlineTable>${[[0, 5], [1, 3], [3, -2]].map(([a, y]) => `<row><c1>${a}</c1><c2>${y}</c2></row>`).join('')}</InlineTable></TrainingInstances></GaussianProcessModel>`)
  const model = compile(document, { semantics: 'specification' })
  expect([0, 1, 3].map((a) => model.score({ a }).value)).toEqual([expect.closeTo(5, 6), expect.closeTo(3, 6), expect.closeTo(-2, 6)])
  expect(() => compile(document)).toThrow(/GaussianProcessModel is not supported/)
})
