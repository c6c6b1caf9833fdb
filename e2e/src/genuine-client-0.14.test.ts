import { testGenuineClient } from './genuine-client/suite.ts';

testGenuineClient('0.14.7');
