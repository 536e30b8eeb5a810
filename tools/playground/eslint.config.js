import jsdoc from "eslint-plugin-jsdoc";

const EVERYWHERE = {
  FunctionDeclaration: true,
  ClassDeclaration: true,
  ClassExpression: true,
  MethodDefinition: true,
};

export default [
  {
    files: ["**/*.js"],
    plugins: { jsdoc },
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "script", // no modules: the page has to work when it is opened as a file
      globals: {
        Playground: "writable",
        atob: "readonly",
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: "error",
      eqeqeq: "error",
      "max-len": ["error", { code: 100, ignorePattern: "^ *\"?(X|widths|inside|heights|y)\"?: " }],
      "no-console": "error",
      "no-implicit-globals": "off", // `Playground` is the one global
      "no-redeclare": "off",
      "no-shadow": "error",
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "off", // and `var` is how several scripts share it
      "no-restricted-globals": ["error", "fetch", "XMLHttpRequest", "WebSocket", "Worker"],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Draw from a Generator." },
      ],
      "prefer-const": "error",
      strict: ["error", "global"],
      "jsdoc/require-jsdoc": ["error", { require: EVERYWHERE, checkConstructors: false }],
      "jsdoc/require-param": ["error", { checkConstructors: true }],
      "jsdoc/require-param-type": "error",
      "jsdoc/require-returns-type": "error",
      "jsdoc/check-param-names": "error",
      "jsdoc/check-tag-names": ["error", { typed: false }],
      "jsdoc/check-types": "off",
    },
  },
];
