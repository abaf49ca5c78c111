//! Keys to sign with, made for these tests and used nowhere else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

/// A pair of keys.
#[derive(Clone)]
pub(super) struct Pair {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Pair {
    /// An RSA key of 2048 bits.
    pub(super) fn rsa(kid: &str) -> Self {
        Self { kid: kid.to_owned(), algorithm: Algorithm::RS256, key: EncodingKey::from_rsa_der(&der(RSA)) }
    }

    /// Another one.
    pub(super) fn other_rsa(kid: &str) -> Self {
        let key = EncodingKey::from_rsa_der(&der(OTHER_RSA));
        Self { kid: kid.to_owned(), algorithm: Algorithm::RS256, key }
    }

    pub(super) fn p256(kid: &str) -> Self {
        Self { kid: kid.to_owned(), algorithm: Algorithm::ES256, key: EncodingKey::from_ec_der(&der(P256)) }
    }

    pub(super) fn p384(kid: &str) -> Self {
        Self { kid: kid.to_owned(), algorithm: Algorithm::ES384, key: EncodingKey::from_ec_der(&der(P384)) }
    }

    pub(super) fn ed25519(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(&der(ED25519)),
        }
    }

    /// The same, which signs by another algorithm.
    pub(super) fn by(&self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self.clone() }
    }

    /// The same under another name.
    pub(super) fn named(&self, kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..self.clone() }
    }

    /// The public half, as it is published.
    pub(super) fn jwk(&self) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    }

    /// The claims, signed.
    pub(super) fn sign(&self, claims: &impl Serialize) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) };
        self.sign_under(&header, claims)
    }

    /// The claims, signed under this header.
    pub(super) fn sign_under(&self, header: &Header, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

fn der(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

const RSA: &str = "\
    MIIEpAIBAAKCAQEAu+seoKb2hh5IUW80Tl65AmaqmN7uWVoXEOQtaQIBnYhXsg8OqqlK1iIseO8QxfgbUsmX4lVjpuSIhSarTXHv\
    q5p1FBc344VxLIZnjmI69tk+Bmunbxsl8yElF8DylrbtYGe6m7kN8+j+4zWZVaUoip2PVnt/GBM3XPhrQG4RsNsqvBFpKhXff2Y9\
    bUjbxBrgqb2WzW8hqPBz8PZOOtjXcxxCOdK13O4teZyCBh5LDrmdDQx9uFuWm8a4fWOqzJKymdFx9EzaGsTPJN7CY1tBriCvaRiu\
    7D/eRJUOR3UeSv+WbqwGWD23rdiC3Q5OG3p0/zcdnslfqwpHucgKwOjeowIDAQABAoIBABc21HHELnAjDYwB0NRdnz1MsYZxA8DG\
    AFN13KY8OTbcwPieI5GxmC0by6Kk5c2O+NEhVkH/im/zi2nnfQH0MUdhrVTuCVlyAqkdcW2FdQNJkv/4DJcNI4MFdS+aBl3X+zsN\
    lV/nXHHlNpea53ZNENUO4cYtO2Yd+Zjil10+O7E9K4k01iBZIHeSojD4CjQ9unP+x/ntkJxTEnaeTfqM9dbixnh9YC0kt+ji0ySf\
    GLKtQGffxca2Q/+9az1TOU47oRXGUBkj0c7kC92SG3EywnIY8A/QO0LbCdZJ6jaQx3bmlM/nAuraRfQHVtHVq91CuBsQhxQzKJ4Q\
    TGPYpKCoSAECgYEA7mjfYGDT8Uh0Rx637MpxodKO0lIVipFNL7Pqo+cHQul1ht10wn43hMgOsjwmU4q2jD4gdzWWngbJ2Jvr9o+v\
    giiiFfOKvkiVB3j89K/ecH5dV6wYkDMJ9B3mHODO+s4YzA7lnBkNg8WOYTMjQgR1WQWj4MqtEVLrFhifQOn2R6ECgYEAyciPJXXN\
    ioZHJ8Yl1EdSxd56yMKCvj34zo55z/34hkAE6xFeLrypWFOeIICJwlZKTd0VFHjGp/MLtIl8DDkwni8uKW1ouBE+HJ3Ht1XylVVZ\
    B4ZZ0z4SGSkYKQm3ZwoeEoRVgPRmT8mDduAp2uwPkGibQ8MXWO4ZzdSa3EPR78MCgYEAsFhqQgPdQW/ycljKeyAThTsV4YRN4r0v\
    dsWCHdJZkKjXAfb00phBwLmqBTRwtQK5nGqn4QWGb0VeMBbFJw+JJqGfotUOH0nY0jowAV3FDzipGpx1XtQh3Kvw9hNjhijENswe\
    EqSFVp7efg8xWTerBToiybeg5FuNAD8eLQnh3YECgYEAtZ6bmXAK7SAnc5lZ+1OnIQo7IfBRlcJZ7DE5WwiRZOTCiII9b3vIQQQi\
    U8beN9lLUAIqMx7yT8DnTDxjNu1S4U4+EnOzydlbOo6ZcF8f1WHYnHlE6Gn6CEOAx49DUK8+mhQakdNpM2+BsMHban0HFUfSWI+E\
    uDq3ZxhxusggcdkCgYBX7kONgNaIxhrfLxtJavizwB0NYbMqFe6wYaSA8RXNkI8Db5U+tin4vawpHLhfZvG6J+dLRFa9P8jIwEi/\
    ndYYayjxs8TjAci0Ps4bFxbij6GcCL6uKCWH2OUsnAcQ2HDIP2ZYOjGTsRPLDcso1NKF8/6bVUG6MlvzIMIWzE6JLQ==";

const OTHER_RSA: &str = "\
    MIIEpAIBAAKCAQEArKmx9w5bC8jL4iXHiWcL9ol9Vbllo0r9aH++5YW/CrVlHG2AVPVEGqk/4jXeSQJVVkAkRQwXbZTpNe6NHKkc\
    hXd2EFs1Y7+uyD0hnY5X/FNKrKNM9Rv9HKlg+MZuKL+ZgSrMeKUoEc1bk4eJalCtIZTpGWhe5o0/9ovGtvcMeFZviMJD+yjN8O6I\
    yjNZVXZLYzD1EaTVyjcLCRgxa5rzBGm6/iJpD1+9lnPJQ36SKm/R+NRQDmeC+AoS9ygESJRp8+XAv7ha+lwNwCzlUUJNeIz3nSDK\
    SNij6+B/XBUn4XpvcOiqYJoQKBF6XMuApBY1v84u0+1Lijq7BoHk9sWxfQIDAQABAoIBABKz8wYa9PvKzWL6yql0kxQqgnwVsA/H\
    ILoAFHKSUUZcrc4tglgxlSX6LWRYh3KLISlNm2ArViJVnglshLaVDvTaItzUtGzQp6MjFBAYCinX79/RdJWcaYeARXPNMsORNZSL\
    SUjMQxHil8fcR6NPh+F6WuGYr6bzp/kR3P2WtzAVp0OWnnJV8LUa+MGp6+SdDq9MyLdKibltVjORMZlmJLnRwrTpdBjS80S4WLgP\
    WWAxT/cvTNPXApZwxJFzX+xZHjng0olHogkRI+GB+Crrkcu7jAL+EQZV03VqpEZt62/yeXMrUYFb8R5HDPGgmJKSmVOwHWHfvDqc\
    Bjmh8VCMDRUCgYEA1ZFlpu9vwU62GV8dEuO5YKXHWR6M89Ec3rWBXVQapge80Z192P8nlH48RNRZ75rgpZpQOb1X4uSzI1ZIWgEr\
    w4cPI6MAJGWVnwvFsQmod0TldxVmbTZrn3wHtwPyyNaofPZkow/bLpE9C2Q3SLe9VxZLnTN6xWfXaXD0gIAVB78CgYEAzvfDPjS1\
    8k6kQ4tyGoCPnPFJuvWuOOHgYU3gkW3OMFsH1u0GLkE5or3cX9ExD3uXrZhryAWy0ufoqPCt/r6pk3T8iQ7wIhKx/MykTdCuCpaO\
    9BZrkZlWRR9Ra02iJERXXC/8MmuhnkEtiIOcwf8OjQI9wtnaV1Bt5AGDnydp9cMCgYEAqRU585ZxVgwpI6En9YKRi7D0SNxlH8uZ\
    HcF5sBgcGQLbPOGBd0FbZrcipCOzKH3oCXRIu83qPNpv8TQoiAmRSnYtSDuOq0I52PeLBoTs+bB0M3mf5CtHvbaGrSDVIKjCMF0q\
    g+bT0uRt/gzTsCC4KLCgIM9XDd8Oro4dJXdCLyUCgYBInAOTP0rVx2E5kSJmydOYa85CGQ8WRahCet/eJXfA3y7Q6DbS428k+Rbn\
    Rqy/kcyUynSFp/oko9er7UQdqyYy5UfzjZoRWh23YtQBuMRWUpu0Zmk2m2T4uxQFYScRMiiz3uHLjpcUvikLS6EjLigcsDyar3M6\
    Tq0+4IkcvOcfoQKBgQDFh4kYbk5l9gyoFXXPfFVxV1KKJYXIzrKlJr+77fV4mvgPo8Io4pxYgB3XaeRkQWfhk4Cn7O9MeAvKpRGU\
    cQmUmfRPP4IV3Z8AIM9PXuJRgkzh4RXc2bop+alwY+4HPRcBXvyTEs46To8DBAWsVvK07HfUIW479KyxTiJNTR9exg==";

const P256: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLFAM3FcCYw6ySfLLO8qPgDvR/z7yeujZwF1sq9hKjgWhRANCAATE\
    F8Q/PZnRSdVGQChPZSLV2eDLvNvWsSCCyuaX0SFLV4qKuIwJCB1ckwBmvoDhSoxjGsxRMSOrofssh4QfL0Nq";

const P384: &str = "\
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDavPj79Y/sfzW8aQHYRUH/RNdiQbdjRHSDhGf871imAAJf3nasveEv\
    BlPB41pMJTihZANiAATaTWitVFXFjbgVQwLA1TLzFkqV5Wj1ropTNhmm3aQLtSgtLpWVOqvwhvtDOt0OgZ9z3izI3X+5wO7VHrEM\
    /YJwQMBXMmLxN38r0KK2mWONQwU8zZk/s0JDTFpsb6fE95c=";

const ED25519: &str = "\
    MC4CAQAwBQYDK2VwBCIEIFZRW3veP12LPkddK6DSxwZS3CR0MS7gBjDEwbUKUGWj";
