import { current, type Answer, type Snapshot, type State, type Watch } from '@understudy/client';
import angular, { type IHttpInterceptor, type IHttpProvider, type IHttpResponse, type IQService, type IRootScopeService } from 'angular';

declare module 'angular' {
  interface IHttpResponse<T> {
    /** What understudy said, if it answered in the API's place. */
    answer?: Answer;
  }
}

/** The service `understudy`. A digest follows each change. */
export interface Understudy {
  /** The watch, to ask now (`retry`), to wait (`whenOpen`) or to listen (`on`). */
  readonly watch: Watch;
  readonly snapshot: Snapshot;
  readonly state: State;
  readonly answer: Answer | null;
}

function makeService($rootScope: IRootScopeService): Understudy {
  const watch = current();
  if (!watch) throw new Error('There is no watch: call watch({ api }) before AngularJS starts.');
  $rootScope.$on('$destroy', watch.on('change', () => $rootScope.$applyAsync()));
  return {
    watch,
    get snapshot() {
      return watch.snapshot;
    },
    get state() {
      return watch.state;
    },
    get answer() {
      return watch.snapshot.answer;
    },
  };
}

function makeInterceptor($q: IQService, { watch }: Understudy): IHttpInterceptor {
  return {
    responseError(rejection: IHttpResponse<unknown>) {
      // Other interceptors may reject with anything.
      if (rejection?.config) {
        const { config, status, data: body } = rejection;
        const answer = watch.report({ url: config.url, method: config.method, status, header: (name) => rejection.headers(name), body });
        if (answer) rejection.answer = answer;
      }
      return $q.reject(rejection);
    },
  };
}

const module = angular.module('understudy', []);
module.factory('understudy', ['$rootScope', makeService]);
module.factory('understudyInterceptor', ['$q', 'understudy', makeInterceptor]);
module.config(['$httpProvider', ($http: IHttpProvider) => void $http.interceptors.push('understudyInterceptor')]);
module.run(['understudy', () => {}]);

/** The module's name, to stand in the list of what yours requires. */
export default module.name;
