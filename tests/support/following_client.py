"""A test client whose service looks at editions and figures again before every request, as one that runs does soon."""

from starlette.testclient import TestClient


class FollowingClient(TestClient):
    """Refreshes the state of the application, then asks."""

    def request(self, *arguments, **more):
        """Ask after a refresh."""
        self.app.state.serving.refresh()
        return super().request(*arguments, **more)
