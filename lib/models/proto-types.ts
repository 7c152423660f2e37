import protobuf from 'protobufjs/light.js'

/**
 * The messages of `proto/*.proto` in protobufjs's JSON form: kept in code so that nothing is looked up on disk at run time.
 * A test compares them with the .proto files.
 */
const messages = {
  nested: {
    ModelDescriptor: {
      oneofs: { MessageContent: { oneof: ['data', 'location'] } },
      fields: {
        name: { type: 'string', id: 1 },
        description: { type: 'string', id: 2 },
        dataType: { type: 'string', id: 3 },
        modeltype: { type: 'ModelType', id: 4 },
        data: { type: 'bytes', id: 5 },
        location: { type: 'string', id: 6 },
      },
      nested: { ModelType: { values: { TENSORFLOW: 0, PMML: 1 } } },
    },
    WineRecord: {
      fields: {
        fixed_acidity: { type: 'double', id: 1 },
        volatile_acidity: { type: 'double', id: 2 },
        citric_acid: { type: 'double', id: 3 },
        residual_sugar: { type: 'double', id: 4 },
        chlorides: { type: 'double', id: 5 },
        free_sulfur_dioxide: { type: 'double', id: 6 },
        total_sulfur_dioxide: { type: 'double', id: 7 },
        density: { type: 'double', id: 8 },
        pH: { type: 'double', id: 9 },
        sulphates: { type: 'double', id: 10 },
        alcohol: { type: 'double', id: 11 },
        dataType: { type: 'string', id: 12 },
      },
    },
  },
}

export const protoRoot = protobuf.Root.fromJSON(messages)
