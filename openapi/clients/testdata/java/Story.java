import com.google.gson.Gson;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import intake.api.ApplyingApi;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import v1.ApiClient;
import v1.ApiException;
import v1.api.AccountApi;
import v1.api.ApplicationsApi;
import v1.api.CandidatesApi;
import v1.api.JobsApi;
import v1.api.WebhooksApi;
import v1.model.*;

/** Goes through the story with clients that openapi-generator has generated. */
public class Story {
    static ApiClient client(String key) {
        ApiClient client = new ApiClient().setBasePath(System.getenv("API_URL"));
        ((v1.auth.HttpBearerAuth) client.getAuthentication("bearerAuth")).setBearerToken(key);
        return client;
    }

    /**
     * Calls a method with parameters by their names and null for all others, because a new optional parameter changes the
     * order of those that there were.
     */
    @SuppressWarnings("unchecked")
    static <T> T call(Object api, String name, Map<String, Object> parameters) throws Exception {
        Method method = Arrays.stream(api.getClass().getMethods()).filter(m -> m.getName().equals(name)).findFirst().orElseThrow();
        Object[] values = Arrays.stream(method.getParameters()).map(p -> parameters.get(p.getName())).toArray();
        try {
            return (T) method.invoke(api, values);
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }

    interface Call {
        void run() throws Exception;
    }

    static ApiException refusal(Call call) throws Exception {
        try {
            call.run();
        } catch (ApiException e) {
            return e;
        }
        throw new IllegalStateException("nothing was refused");
    }

    static Job create(ApiClient client, JobCreate draft) throws Exception {
        return call(new JobsApi(client), "createJob", Map.of("jobCreate", draft));
    }

    static JobCreate draft(String title) {
        return new JobCreate().title(title).description("<p>Lead the team.</p>").city("London").country("United Kingdom")
            .employmentType("FullTime").remoteType(NullableRemoteType.FULLYREMOTE).applyMethod("DirectApply");
    }

    /** Waits for the next webhook, verifies it and returns the event. See docs/webhooks/profiles/native.md. */
    static String receive(String secret) throws Exception {
        HttpResponse<byte[]> res = HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(URI.create(System.getenv("HOOK_URL"))).build(), HttpResponse.BodyHandlers.ofByteArray());
        String[] parts = res.headers().firstValue("X-Webhook-Signature").orElseThrow().split("[=,]");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((parts[1] + ".").getBytes(StandardCharsets.UTF_8));
        if (!MessageDigest.isEqual(mac.doFinal(res.body()), HexFormat.of().parseHex(parts[3]))) {
            throw new IllegalStateException("the signature is wrong");
        }
        return res.headers().firstValue("X-Webhook-Event").orElseThrow();
    }

    public static void main(String[] args) throws Exception {
        ApiClient client = client(System.getenv("API_KEY"));
        JobsApi jobs = new JobsApi(client);

        Job job = create(client, draft("Platform Lead"));
        System.out.println("created " + job.getStatus());
        Job published = call(jobs, "publishJob", Map.of("id", job.getId()));
        System.out.println("published " + published.getStatus());

        for (String title : List.of("Head of IT", "IT Manager")) {
            create(client, new JobCreate().title(title));
        }
        int walked = 0;
        Map<String, Object> next = Map.of("pageSize", 1);
        while (next != null) {
            JobList page = call(jobs, "listJobs", next);
            walked += page.getItems().size();
            next = page.getNextCursor() == null ? null : Map.of("pageSize", 1, "cursor", page.getNextCursor());
        }
        System.out.println("walked " + walked + " jobs");

        CandidateSearchResult found = call(new CandidatesApi(client), "searchCandidates", Map.of("q", "kubernetes"));
        System.out.println("found " + found.getItems().size() + " candidates");

        System.out.println("refused " + refusal(() -> call(new AccountApi(client("pk_live_wrong")), "getMe", Map.of())).getCode());
        ApiClient poor = client(System.getenv("NO_CREDITS_KEY"));
        Job unpaid = create(poor, draft("Platform Lead"));
        ApiException refused = refusal(() -> call(new JobsApi(poor), "publishJob", Map.of("id", unpaid.getId())));
        System.out.println("refused " + refused.getCode() + " " + new Gson().fromJson(refused.getResponseBody(), ErrorEnvelope.class).getCode());
        AccountApi limited = new AccountApi(client(System.getenv("LIMITED_KEY")));
        refused = refusal(() -> {
            call(limited, "getMe", Map.of());
            call(limited, "getMe", Map.of());
        });
        if (Integer.parseInt(refused.getResponseHeaders().get("Retry-After").get(0)) > 0) {
            System.out.println("refused " + refused.getCode() + " and told to wait");
        }

        Job cleared = clearCity(job.getId());
        if (cleared.getCity() == null && cleared.getCountry() != null) {
            System.out.println("cleared city");
        }

        File file = new File(System.getenv("CV_FILE"));
        ApplyingApi applying = new ApplyingApi(new intake.ApiClient().setBasePath(System.getenv("API_URL")));
        call(applying, "applyToJob", Map.of("id", job.getId(), "firstName", "Ada", "lastName", "Lovelace", "email", "ada@example.com", "cv", file));
        System.out.println("applied");
        ApplicationsApi applications = new ApplicationsApi(client);
        ApplicationList list = call(applications, "listJobApplications", Map.of("id", job.getId()));
        File downloaded = call(applications, "downloadApplicationCv", Map.of("id", list.getItems().get(0).getId()));
        if (Files.mismatch(downloaded.toPath(), file.toPath()) == -1) {
            System.out.println("downloaded the same file");
        }

        WebhooksApi webhooks = new WebhooksApi(client);
        WebhookCreate wanted = new WebhookCreate().url(URI.create(System.getenv("HOOK_URL"))).events(List.of("job.published"));
        WebhookWithSecret webhook = call(webhooks, "createWebhook", Map.of("webhookCreate", wanted));
        System.out.println("webhook " + webhook.getStatus());
        call(webhooks, "testWebhook", Map.of("id", webhook.getId()));
        System.out.println("received " + receive(webhook.getSecret()) + " and verified it");
    }

    /**
     * Sends a null. An object of a model leaves out what is null, so a client of its own has a serializer that writes it, and
     * the body is a JSON object.
     */
    static Job clearCity(long job) throws Exception {
        ApiClient client = client(System.getenv("API_KEY"));
        client.getJSON().setGson(client.getJSON().getGson().newBuilder().serializeNulls().create());
        JsonObject patch = new JsonObject();
        patch.add("city", JsonNull.INSTANCE);
        return client.<Job>execute(client.buildCall("/api/v1/jobs/" + job, "PATCH", List.of(), List.of(), patch,
            new HashMap<>(Map.of("Accept", "application/json", "Content-Type", "application/json")), Map.of(), Map.of(),
            new String[] {"bearerAuth"}, null), Job.class).getData();
    }
}
